// What the fuzzers share: checks, and the bytes libFuzzer invents as text and as a file, for
// readers that take a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/temporary_directory.h"

namespace talmach {

/// Ends the program, which libFuzzer reports with the bytes that led there, unless it is true.
inline void Check(bool condition) {
  if (!condition) std::abort();
}

/// The bytes as text, in place.
inline std::string_view AsText(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Writes the bytes to a file of this name, which lives until the next call, and returns its path.
inline std::string WriteFuzzFile(std::string_view name, std::string_view bytes) {
  static const TemporaryDirectory directory;
  return directory.Write(name, bytes);
}

}  // namespace talmach
