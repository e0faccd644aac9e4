// Tested by tests/drawing/picture_test.cc.
//
// Labels come from any text, and one character can spoil a whole picture: a line break, a mark that
// turns the direction of what follows, a combining accent that lands on the neighbour. Each is
// replaced by something visible, so that the reader sees that it is there.
#include "drawing/label_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <string_view>

#include "attention/attention_map.h"
#include "base/utf8.h"

namespace talmach {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kDottedCircle = "\u25CC";
constexpr std::string_view kEllipsis = "…";
constexpr int kMaxCharacters = 100;  // more than a picture has room for
constexpr std::string_view kOpenBox = "\u2423";

// Characters that would change the page around them instead of showing themselves, and those that
// are none: Cairo writes no PDF, and XML knows no document, with U+FFFF in it.
bool IsDisruptive(UChar32 code_point) {
  constexpr std::uint32_t kControls = U_GC_CC_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
  const bool is_direction = (code_point >= 0x202A && code_point <= 0x202E) ||
                            (code_point >= 0x2066 && code_point <= 0x2069);
  return is_direction || U_IS_UNICODE_NONCHAR(code_point) ||
         (U_GET_GC_MASK(code_point) & kControls) != 0;
}

bool IsInvisible(const std::string& text) {
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t position = 0; position < length;) {
    UChar32 code_point;
    U8_NEXT(text.data(), position, length, code_point);
    if ((U_GET_GC_MASK(code_point) & (U_GC_ZS_MASK | U_GC_CF_MASK)) == 0) return false;
  }
  return true;
}

}  // namespace

std::string LabelText(const std::string& unit) {
  const std::string text = RepairUtf8(unit);
  std::string label;
  const auto length = static_cast<std::int64_t>(text.size());
  int num_characters = 0;
  for (std::int64_t position = 0; position < length;) {
    if (++num_characters > kMaxCharacters) return label.append(kEllipsis);
    const std::int64_t start = position;
    UChar32 code_point;
    U8_NEXT(text.data(), position, length, code_point);
    const bool is_first = label.empty() || label == kWordMark;
    if (is_first && (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0) label += kDottedCircle;
    label += IsDisruptive(code_point)
                 ? kReplacement
                 : std::string_view(text).substr(start, static_cast<std::size_t>(position - start));
  }
  return IsInvisible(label) ? std::string(kOpenBox) : label;
}

}  // namespace talmach
