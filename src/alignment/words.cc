// Folding makes the aligner's counts denser, which is worth more to it than the difference between
// "House," and "house". Links are between positions, so nothing of it shows in the output.
#include "alignment/words.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <utility>

namespace talmach {

std::vector<std::string_view> SplitWords(std::string_view text) {
  std::vector<std::string_view> words;
  const auto length = static_cast<std::int64_t>(text.size());
  std::int64_t begin = 0;
  for (std::int64_t position = 0; position <= length;) {
    const std::int64_t end = position;
    UChar32 code_point = ' ';  // behind the last word
    if (position < length) {
      U8_NEXT(text.data(), position, length, code_point);
    } else {
      ++position;
    }
    if (code_point < 0 || !u_isUWhiteSpace(code_point)) continue;
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = position;
  }
  return words;
}

std::string FoldWord(std::string_view word) {
  icu::UnicodeString text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(word.data(), static_cast<std::int32_t>(word.size())));
  text.foldCase();
  std::int32_t begin = 0;
  std::int32_t end = text.length();
  while (begin < end && u_ispunct(text.char32At(begin))) begin = text.moveIndex32(begin, 1);
  while (end > begin && u_ispunct(text.char32At(end - 1))) end = text.moveIndex32(end, -1);
  std::string folded;
  (begin < end ? text.tempSubStringBetween(begin, end) : text).toUTF8String(folded);
  return folded;
}

std::vector<TokenId> WordNumbers::NumberWords(std::string_view line) {
  std::vector<TokenId> ids;
  for (const std::string_view word : SplitWords(line)) {
    std::string key = fold_ ? FoldWord(word) : std::string(word);
    ids.push_back(numbers_.try_emplace(std::move(key), static_cast<TokenId>(size())).first->second);
  }
  return ids;
}

}  // namespace talmach
