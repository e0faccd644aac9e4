// Tested by tests/base/text_types_test.cc.
//
// ICU's U8_NEXT decodes one character and, where bytes are ill-formed, moves past the maximal
// sequence that could have begun one, which is what Unicode recommends to replace by one U+FFFD.
#include "base/utf8.h"

#include <unicode/utf8.h>

namespace talmach {

std::string RepairUtf8(std::string_view text, Index* num_replaced) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string repaired;
  repaired.reserve(text.size());
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t position = 0; position < length;) {
    const std::int64_t start = position;
    UChar32 code_point;
    U8_NEXT(text.data(), position, length, code_point);
    if (code_point >= 0) {
      repaired.append(text.substr(start, position - start));
    } else {
      repaired.append(kReplacement);
      if (num_replaced != nullptr) ++*num_replaced;
    }
  }
  return repaired;
}

bool IsValidUtf8(std::string_view text) {
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t position = 0; position < length;) {
    UChar32 code_point;
    U8_NEXT(text.data(), position, length, code_point);
    if (code_point < 0) return false;
  }
  return true;
}

Index CountCodePoints(std::string_view text) {
  Index count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

}  // namespace talmach
