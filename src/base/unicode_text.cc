// Tested by tests/evaluation/text_test.cc.
//
// No question that ICU answers is quite Python's, so white space is put together from category and
// bidirectional class, and lower case is ICU's full mapping in the locale "" (none). Most text is
// ASCII and takes a shortcut past both. Bytes that are not UTF-8 are read as U+FFFD and never are
// an error here: readers of files have repaired or refused them before.
#include "base/unicode_text.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/error.h"

namespace talmach {
namespace {

bool IsAsciiWhitespace(unsigned char byte) {
  return byte == ' ' || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F);
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

// The code point at `*position`, which moves behind it.
char32_t NextCodePoint(std::string_view text, int32_t* position) {
  UChar32 code_point;
  const auto length = static_cast<int32_t>(text.size());
  U8_NEXT_OR_FFFD(text.data(), *position, length, code_point);
  return static_cast<char32_t>(code_point);
}

}  // namespace

bool IsWhitespace(char32_t code_point) {
  if (code_point < 0x80) return IsAsciiWhitespace(static_cast<unsigned char>(code_point));
  const auto character = static_cast<UChar32>(code_point);
  if (u_charType(character) == U_SPACE_SEPARATOR) return true;
  const UCharDirection direction = u_charDirection(character);
  return direction == U_WHITE_SPACE_NEUTRAL || direction == U_BLOCK_SEPARATOR ||
         direction == U_SEGMENT_SEPARATOR;
}

std::string LowerCase(std::string_view text) {
  std::string lowered;
  if (IsAscii(text)) {
    lowered.assign(text);
    for (char& byte : lowered) {
      if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    }
    return lowered;
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&lowered, static_cast<int32_t>(text.size()));
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                            sink, nullptr, status);
  Require(U_SUCCESS(status), "lower-casing failed");
  return lowered;
}

std::string_view StripRight(std::string_view text) {
  auto end = static_cast<int32_t>(text.size());
  while (end > 0) {
    int32_t start = end;
    UChar32 code_point;
    U8_PREV_OR_FFFD(text.data(), 0, start, code_point);
    if (!IsWhitespace(static_cast<char32_t>(code_point))) break;
    end = start;
  }
  return text.substr(0, end);
}

std::string_view Strip(std::string_view text) {
  int32_t begin = 0;
  for (int32_t next = 0; next < static_cast<int32_t>(text.size()); begin = next) {
    if (!IsWhitespace(NextCodePoint(text, &next))) break;
  }
  return StripRight(text.substr(begin));
}

void SplitWhitespace(std::string_view text, std::vector<std::string_view>* parts) {
  parts->clear();
  const auto length = static_cast<int32_t>(text.size());
  int32_t part_start = -1;
  for (int32_t position = 0; position < length;) {
    const int32_t start = position;
    const auto byte = static_cast<unsigned char>(text[position]);
    const bool is_space = byte < 0x80 ? (++position, IsAsciiWhitespace(byte))
                                      : IsWhitespace(NextCodePoint(text, &position));
    if (!is_space) {
      if (part_start < 0) part_start = start;
    } else if (part_start >= 0) {
      parts->push_back(text.substr(part_start, start - part_start));
      part_start = -1;
    }
  }
  if (part_start >= 0) parts->push_back(text.substr(part_start));
}

std::vector<std::string_view> SplitWhitespace(std::string_view text) {
  std::vector<std::string_view> parts;
  SplitWhitespace(text, &parts);
  return parts;
}

std::u32string DecodeUtf8(std::string_view text) {
  std::u32string code_points;
  code_points.reserve(text.size());
  for (int32_t position = 0; position < static_cast<int32_t>(text.size());) {
    code_points.push_back(NextCodePoint(text, &position));
  }
  return code_points;
}

std::string EncodeUtf8(std::u32string_view code_points) {
  std::string text;
  text.reserve(code_points.size());
  for (const char32_t code_point : code_points) {
    char bytes[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(code_point));
    text.append(bytes, length);
  }
  return text;
}

}  // namespace talmach
