// Numbers as pictures show them: with a true minus sign, at most as many digits as there is room.
#pragma once

#include <string>

namespace talmach {

/// "−1.50": so many digits behind the point; "undefined" for NaN.
std::string FixedText(double value, int decimals);
/// "0.25", and "1" instead of "1.00": so many significant digits at most.
std::string ShortText(double value, int digits);

}  // namespace talmach
