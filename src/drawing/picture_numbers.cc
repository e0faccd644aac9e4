#include "drawing/picture_numbers.h"

#include <array>
#include <charconv>
#include <cmath>

namespace talmach {
namespace {

std::string SignedText(double value, std::chars_format format, int precision) {
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(value),
                                 format, precision)
                       .ptr;
  return (value < 0 ? "−" : "") + std::string(digits.data(), end);
}

}  // namespace

std::string FixedText(double value, int decimals) {
  if (std::isnan(value)) return "undefined";
  return SignedText(value, std::chars_format::fixed, decimals);
}

std::string ShortText(double value, int digits) {
  return SignedText(value, std::chars_format::general, digits);
}

}  // namespace talmach
