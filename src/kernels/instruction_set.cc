#include "kernels/instruction_set.h"

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"

namespace talmach {
namespace {

// oneDNN's two names of one variable, the preferred one first.
constexpr std::array kVariables = {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"};

// oneDNN's name of an instruction set, and the Highway targets beyond it.
struct Limit {
  std::string_view name;
  std::int64_t disabled_targets;
};

#if HWY_ARCH_X86
// Highway's better targets have lower bits.
constexpr std::int64_t kBeyondSse4 = HWY_SSE4 - 1;
constexpr std::int64_t kBeyondAvx2 = HWY_AVX2 - 1;
#else
constexpr std::int64_t kBeyondSse4 = 0;
constexpr std::int64_t kBeyondAvx2 = 0;
#endif

constexpr std::array kLimits = std::to_array<Limit>({
    {"SSE41", kBeyondSse4},
    {"AVX", kBeyondSse4},
    {"AVX2", kBeyondAvx2},
    {"AVX2_VNNI", kBeyondAvx2},
    {"AVX2_VNNI_2", kBeyondAvx2},
    {"AVX512_CORE", 0},
    {"AVX512_CORE_VNNI", 0},
    {"AVX512_CORE_BF16", 0},
    {"AVX512_CORE_FP16", 0},
    {"AVX512_CORE_AMX", 0},
    {"AVX512_CORE_AMX_FP16", 0},
    {"AVX10_1_512", 0},
    {"AVX10_1_512_AMX", 0},
    {"AVX10_1_512_AMX_FP16", 0},
    {"DEFAULT", 0},
    {"ALL", 0},
});

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

const Limit* FindLimit(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kLimits, [&](const Limit& limit) { return SameName(limit.name, name); });
  return found == kLimits.end() ? nullptr : found;
}

// What the environment asks for; empty if nothing.
struct Setting {
  std::string_view variable = {};
  std::string_view value = {};
};

Setting FindSetting() {
  for (const char* variable : kVariables) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return {variable, value};
  }
  return {};
}

// The targets that Highway may use, held before main, and so before the first kernel. A wrong name
// is reported by CheckInstructionSet. SupportedTargets chooses among all targets until Update (an
// oddity of Highway), so it is called here and never again.
const std::int64_t simd_targets = [] {
  const Limit* limit = FindLimit(FindSetting().value);
  if (limit != nullptr && limit->disabled_targets != 0) {
    hwy::DisableTargets(limit->disabled_targets);
  }
  const std::int64_t targets = hwy::SupportedTargets();
  hwy::GetChosenTarget().Update(targets);
  return targets;
}();

bool ProcessorHasSse4() {
#if HWY_ARCH_X86
  return __builtin_cpu_supports("sse4.1") != 0;
#else
  return true;
#endif
}

}  // namespace

void CheckInstructionSetName(std::string_view variable, std::string_view value) {
  if (FindLimit(value) != nullptr) return;
  std::string names;
  for (const Limit& limit : kLimits) {
    names += names.empty() ? "" : ", ";
    names += limit.name;
  }
  throw ConfigError({.where = std::string(variable),
                     .what = "unknown instruction set",
                     .expected = "one of " + names,
                     .got = std::string(value),
                     .hint = "unset it to use all the processor has"});
}

void CheckInstructionSet() {
  const Setting setting = FindSetting();
  if (!setting.value.empty()) CheckInstructionSetName(setting.variable, setting.value);
  if (!ProcessorHasSse4()) {
    throw Error({.where = "talmach",
                 .what = "this processor is too old",
                 .expected = "SSE4.1 (Intel since 2008, AMD since 2011)"});
  }
}

std::string SimdText() {
  const std::int64_t compiled = simd_targets & HWY_TARGETS;
  return hwy::TargetName(compiled & -compiled);
}

}  // namespace talmach
