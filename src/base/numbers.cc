#include "base/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace talmach {

std::string NumberText(double value) {
  // The shortest text of the float where the value is one: 0.1f reads 0.1, not 0.10000000149.
  const auto single = static_cast<float>(value);
  if (static_cast<double>(single) == value) return fmt::format("{}", single);
  return fmt::format("{}", value);
}

std::string RangeText(const NumberRange& range, bool integer) {
  const std::string_view noun = integer ? "an integer" : "a number";
  const bool from = range.lowest > -std::numeric_limits<double>::max();
  const bool to = range.highest < std::numeric_limits<double>::max();
  if (from && to) {
    return fmt::format("{} from {} to {}", noun, NumberText(range.lowest),
                       NumberText(range.highest));
  }
  if (from) return fmt::format("{} ≥ {}", noun, NumberText(range.lowest));
  return std::string(noun);
}

std::optional<double> ParseNumber(std::string_view text, const NumberRange& range, bool integer) {
  double value = 0;
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  constexpr double kLargestExact = 9007199254740992.0;  // 2^53: doubles beyond skip integers
  if (integer && (value != std::floor(value) || std::abs(value) > kLargestExact)) {
    return std::nullopt;
  }
  if (value < range.lowest || value > range.highest) return std::nullopt;
  return value;
}

}  // namespace talmach
