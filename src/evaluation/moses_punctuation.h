// Punctuation in one form, as Moses' normalize-punctuation script leaves it: ASCII quotation marks
// and dashes, no spaces inside brackets or before colons, commas and quotation marks in the order
// of the language, "1 000" as one number.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Normalises a lower-cased line. English and Czech have orders of their own; any other language
/// is treated like German and French.
std::string NormalizePunctuation(std::string_view line, std::string_view language);

}  // namespace talmach
