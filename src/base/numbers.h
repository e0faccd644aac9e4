// Numbers as people type and read them: flags, configuration keys, error messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace talmach {

/// The closed interval of numbers a flag or key accepts.
struct NumberRange {
  double lowest;
  double highest;
};

/// Numbers as users type them, e.g. "0.1" for 0.1f.
std::string NumberText(double value);
/// "an integer ≥ 1", "a number from 0 to 1": what a number in this range is called in errors.
std::string RangeText(const NumberRange& range, bool integer);
/// The number that is all of `text`, if it is one and in range. Infinities are refused, and so is
/// what a double holds only as 0 or without full precision (1e-400, 1e-310).
std::optional<double> ParseNumber(std::string_view text, const NumberRange& range, bool integer);
/// The same, but also refuses numbers that single precision cannot hold (1e39, 1e-50).
std::optional<float> ParseFloat(std::string_view text, const NumberRange& range);

/// What errors call the numbers that single precision can hold.
inline constexpr std::string_view kFloatText = "a number that single precision holds";
/// True if `text` is a number, but not one that single precision can hold.
bool IsTooWideForFloat(std::string_view text);

}  // namespace talmach
