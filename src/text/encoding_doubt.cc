// A character of UTF-8 begins with a byte of 0xC2 to 0xF4 and goes on with bytes of 0x80 to 0xBF.
// Read as Windows-1252, "ü" (C3 BC) becomes "Ã¼", "’" (E2 80 99) becomes "â€™", and "я" (D1 8F)
// becomes "Ñ" with a control character. So a line is turned into bytes of Windows-1252 again, and
// what is well-formed UTF-8 there is counted. Some pairs of letters and quotation marks happen to
// be so, too: "Ä»" or "ß“". Hence first letters that are hardly ever followed by such a mark count
// alone, those that begin characters of a few large scripts count if there are two, others never.
#include "text/encoding_doubt.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/types.h"
#include "base/utf8.h"

namespace talmach {
namespace {

// Windows-1252 from 0x80 to 0x9F; 0: the control character of that number.
constexpr std::array<UChar32, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

constexpr char kNoByte = '\xFF';  // never in UTF-8

char ByteOf(UChar32 character) {
  if (character < 0x100) return static_cast<char>(character);
  const auto* const found = std::ranges::find(kWindows1252, character);
  return found == kWindows1252.end() ? kNoByte
                                     : static_cast<char>(0x80 + (found - kWindows1252.begin()));
}

std::string AsWindows1252(std::string_view text) {
  std::string bytes;
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t position = 0; position < length;) {
    UChar32 character;
    U8_NEXT_OR_FFFD(text.data(), position, length, character);
    bytes += ByteOf(character);
  }
  return bytes;
}

// Calls `use` with the first byte of every well-formed character beyond ASCII.
template <typename Use>
void ForEachLead(std::string_view bytes, const Use& use) {
  const auto length = static_cast<std::int32_t>(bytes.size());
  for (std::int32_t position = 0; position < length;) {
    const std::int32_t begin = position;
    UChar32 character;
    U8_NEXT(bytes.data(), position, length, character);
    if (character >= 0x80) use(static_cast<unsigned char>(bytes[begin]));
  }
}

bool LooksDoubleEncoded(std::string_view text) {
  static constexpr std::string_view kAlone = "\xC2\xC3\xE2\xEF\xF0";  // Â Ã â ï ð
  // Central European, Greek, Cyrillic, Hebrew, Arabic; Indian and East Asian scripts
  static constexpr std::string_view kTwice =
      "\xC4\xC5\xCE\xCF\xD0\xD1\xD7\xD8\xD9\xE0\xE3\xE4\xE5\xE6\xE7\xE8\xE9\xEA\xEB\xEC\xED";
  Index evidence = 0;
  ForEachLead(AsWindows1252(text), [&](unsigned char lead) {
    const char first = static_cast<char>(lead);
    if (kAlone.find(first) != kAlone.npos) evidence += 2;
    if (kTwice.find(first) != kTwice.npos) evidence += 1;
  });
  return evidence >= 2;
}

}  // namespace

std::string_view ToString(EncodingDoubt doubt) {
  static constexpr std::array<std::string_view, kNumEncodingDoubts> kNames = {
      "none", "utf16", "single_byte", "invalid", "replaced", "double_encoded"};
  return kNames[static_cast<std::size_t>(doubt)];
}

EncodingDoubt DoubtOf(std::string_view line) {
  const auto is_plain = [](char byte) {
    return byte != 0 && static_cast<unsigned char>(byte) < 0x80;
  };
  if (std::ranges::all_of(line, is_plain)) return EncodingDoubt::kNone;
  const Index num_nul = std::ranges::count(line, '\0');
  if (num_nul > 0) {
    return 4 * num_nul >= std::ssize(line) ? EncodingDoubt::kUtf16 : EncodingDoubt::kInvalid;
  }
  if (!IsValidUtf8(line)) {
    Index num_characters = 0;
    ForEachLead(line, [&](unsigned char) { ++num_characters; });
    return num_characters == 0 ? EncodingDoubt::kSingleByte : EncodingDoubt::kInvalid;
  }
  if (line.find("\uFFFD") != line.npos) return EncodingDoubt::kReplaced;
  return LooksDoubleEncoded(line) ? EncodingDoubt::kDoubleEncoded : EncodingDoubt::kNone;
}

}  // namespace talmach
