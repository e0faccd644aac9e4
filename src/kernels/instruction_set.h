// Which instructions the kernels may use: all that the processor has, unless the environment
// variable ONEDNN_MAX_CPU_ISA names fewer. oneDNN reads the variable itself; what is here holds the
// Highway kernels to it as well, from the start of the program, so that one setting makes any
// machine an older one: ONEDNN_MAX_CPU_ISA=AVX2 talmach translate …
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Throws ConfigError if the environment names an instruction set that does not exist, and Error if
/// the processor lacks SSE4.1, without which nothing here runs.
void CheckInstructionSet();

/// The same check of `value`, which stands in the environment variable `variable`.
void CheckInstructionSetName(std::string_view variable, std::string_view value);

/// The best instruction set that the Highway kernels use, in Highway's words: "AVX2".
std::string SimdText();

}  // namespace talmach
