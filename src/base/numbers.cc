// from_chars reads numbers without a locale and says where it stopped, so that "1,5" and "1x" are
// refused rather than read as 1. What it returns is then judged: a value that has become 0 although
// a digit says otherwise, or is so small that a double holds it with fewer digits, is not what the
// user wrote. Errors print a number as the shortest text that reads back as the same float, if it
// was one.
#include "base/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace talmach {
namespace {

constexpr NumberRange kAnyNumber = {std::numeric_limits<double>::lowest(),
                                    std::numeric_limits<double>::max()};

// Neither infinite nor a NaN nor so small that digits are lost.
template <typename T>
bool IsOrdinary(T value) {
  return std::isnormal(value) || value == T{0};
}

// Digits other than 0 before an exponent: what is not zero, however small.
bool HasNonzeroDigit(std::string_view text) {
  return text.substr(0, text.find_first_of("eE")).find_first_of("123456789") != text.npos;
}

bool FloatHolds(double value) {
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) return false;
  const auto single = static_cast<float>(value);
  return IsOrdinary(single) && (single != 0.0f || value == 0.0);
}

}  // namespace

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
  if (error != std::errc() || end != text.data() + text.size() || !IsOrdinary(value)) {
    return std::nullopt;
  }
  constexpr double kLargestExact = 9007199254740992.0;  // 2^53: doubles beyond skip integers
  if (integer && (value != std::floor(value) || std::abs(value) > kLargestExact)) {
    return std::nullopt;
  }
  if (value == 0 && HasNonzeroDigit(text)) return std::nullopt;  // some libraries round to 0
  if (value < range.lowest || value > range.highest) return std::nullopt;
  return value;
}

std::optional<float> ParseFloat(std::string_view text, const NumberRange& range) {
  const std::optional<double> value = ParseNumber(text, range, /*integer=*/false);
  if (!value || !FloatHolds(*value)) return std::nullopt;
  return static_cast<float>(*value);
}

bool IsTooWideForFloat(std::string_view text) {
  const std::optional<double> value = ParseNumber(text, kAnyNumber, /*integer=*/false);
  return value && !FloatHolds(*value);
}

}  // namespace talmach
