// Tested by tests/evaluation/ter_test.cc.
//
// The order of the steps is Tercom's as sacreBLEU carries it out, oddities included: a rule of the
// original that can never apply is left out, ranges that end elsewhere than Unicode's are kept.
// White space is only made uniform if the text is normalised, since a second pass over references
// looks for "'s " with a plain space.
#include "evaluation/ter_tokenizer.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/unicode_text.h"
#include "evaluation/bleu_tokenizer.h"
#include "evaluation/text_rewriting.h"

namespace talmach {
namespace {

using Ranges = std::initializer_list<std::pair<char32_t, char32_t>>;

bool IsInAny(Ranges ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const auto& range) { return range.first <= c && c <= range.second; });
}

// Ideographs, strokes, radicals and compatibility forms. The third range ends where it does in
// the original. The original's rule for Hiragana and Katakana is anchored to the start of a text
// that always begins with a space: it never applies, and so is absent here.
bool IsIdeograph(char32_t c) {
  static constexpr Ranges kRanges = {{0x4E00, 0x9FFF}, {0x3400, 0x4DBF}, {0x3200, 0x3F22},
                                     {0x31C0, 0x31EF}, {0x2E80, 0x2EFF}, {0xF900, 0xFAFF},
                                     {0xFE30, 0xFE4F}};
  return IsInAny(kRanges, c);
}

bool IsAsianPunctuation(char32_t c) {
  static constexpr Ranges kRanges = {{0x3001, 0x3002},
                                     {0x3008, 0x3011},
                                     {0x3014, 0x301F},
                                     {0xFF61, 0xFF65},
                                     {0x30FB, 0x30FB},
                                     // full width
                                     {0xFF0E, 0xFF0E},
                                     {0xFF0C, 0xFF0C},
                                     {0xFF1F, 0xFF1F},
                                     {0xFF1A, 0xFF1B},
                                     {0xFF01, 0xFF02},
                                     {0xFF08, 0xFF09}};
  return IsInAny(kRanges, c);
}

bool IsWesternPunctuation(char byte) {
  return std::string_view(".,?:;!\"()").find(byte) != std::string_view::npos;
}

std::string NormalizeWestern(std::string_view line) {
  std::string text(1, ' ');
  text.append(UnescapeEntities(line)).push_back(' ');
  return SeparatePeriodsCommasDashes(ReplaceAll(SeparateWesternSymbols(text), "'s ", " 's "));
}

std::string SeparateAsian(std::string_view text) {
  return EncodeUtf8(SetApart(DecodeUtf8(text),
                             [](char32_t c) { return IsIdeograph(c) || IsAsianPunctuation(c); }));
}

std::string OneSpaceBetweenWords(std::string_view text) {
  std::string joined;
  for (const std::string_view word : SplitWhitespace(text)) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return joined;
}

std::string RemoveAsianPunctuation(std::string_view text) {
  std::u32string kept = DecodeUtf8(text);
  std::erase_if(kept, IsAsianPunctuation);
  return EncodeUtf8(kept);
}

}  // namespace

std::string NormalizeForTer(std::string_view line, const TerOptions& options) {
  line = StripRight(line);
  if (line.empty()) return {};
  std::string text = options.case_sensitive ? std::string(line) : LowerCase(line);
  if (options.normalize) {
    text = NormalizeWestern(text);
    if (options.asian_support) text = SeparateAsian(text);
  }
  if (options.remove_punctuation) {
    std::erase_if(text, IsWesternPunctuation);
    if (options.asian_support) text = RemoveAsianPunctuation(text);
  }
  // Whatever white space there was, a second pass must find spaces: "'s " is looked for.
  return options.normalize ? OneSpaceBetweenWords(text) : text;
}

}  // namespace talmach
