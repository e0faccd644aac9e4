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
/// The number that is all of `text`, if it is one and in range.
std::optional<double> ParseNumber(std::string_view text, const NumberRange& range, bool integer);

}  // namespace talmach
