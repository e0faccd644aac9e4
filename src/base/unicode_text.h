// Text as Python sees it. sacreBLEU's numbers depend on what Python calls white space and lower
// case, so the metrics share these few functions. All texts are UTF-8 of less than 2 GiB; what is
// ill-formed counts as U+FFFD. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace talmach {

/// White space of Python's str.isspace, str.split and str.strip: category Zs or one of the
/// bidirectional classes WS, B, S. Contains U+001C..U+001F and U+0085, unlike ICU's u_isspace.
bool IsWhitespace(char32_t code_point);

/// Python's str.lower: full case mapping without a locale, with the final sigma rule.
std::string LowerCase(std::string_view text);

/// Without white space at the end (str.rstrip) or at both ends (str.strip).
std::string_view StripRight(std::string_view text);
std::string_view Strip(std::string_view text);

/// The parts between runs of white space (str.split). They point into `text`.
std::vector<std::string_view> SplitWhitespace(std::string_view text);
/// The same into an existing vector, whose memory is reused.
void SplitWhitespace(std::string_view text, std::vector<std::string_view>* parts);

/// Code points of a text, and back.
std::u32string DecodeUtf8(std::string_view text);
std::string EncodeUtf8(std::u32string_view code_points);

}  // namespace talmach
