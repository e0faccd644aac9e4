// Numbers as pictures show them: with a true minus sign and no more digits than there is room for.
#pragma once

#include <string>

namespace talmach {

/// "−1.50", with this many digits after the point; "undefined" for NaN.
std::string FixedText(double value, int decimals);
/// "0.25", and "1" instead of "1.00": at most this many significant digits.
std::string ShortText(double value, int digits);

}  // namespace talmach
