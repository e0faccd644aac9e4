// Tested by tests/evaluation/text_test.cc and tests/evaluation/bleu_test.cc.
//
// Tokenizers are sequences of rewriting steps, in the order of the originals, because later steps
// see what earlier ones have done: "1,000." loses its period but not its comma only if periods and
// commas are handled with their neighbours in view, first the left one, then the right one. The
// originals' peculiarities are part of the scores that people compare, so they are kept and said
// where they are.
#include "evaluation/bleu_tokenizer.h"

#include <unicode/uchar.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "base/types.h"
#include "base/unicode_text.h"
#include "evaluation/text_rewriting.h"

namespace talmach {
namespace {

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }
bool IsPeriodOrComma(char byte) { return byte == '.' || byte == ','; }

// ASCII punctuation and space except ' , - . and digits.
constexpr std::array<bool, 256> kWesternSymbols = [] {
  std::array<bool, 256> table = {};
  for (const auto& [first, last] :
       {std::pair{' ', '&'}, {'(', '+'}, {'/', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}) {
    for (int byte = first; byte <= last; ++byte) table[byte] = true;
  }
  return table;
}();
bool IsWesternSymbol(char byte) { return kWesternSymbols[static_cast<unsigned char>(byte)]; }

std::string Tokenize13a(std::string_view line) {
  std::string text(1, ' ');
  text.append(UnescapeEntities(ReplaceAll(line, "<skipped>", ""))).push_back(' ');
  return SeparatePeriodsCommasDashes(SeparateWesternSymbols(text));
}

// The ranges that the zh tokenizer calls Chinese. The third last and second last are not those of
// Unicode's extension B and compatibility supplement: the original writes them with four-digit
// escapes, which ends up as these, and published scores depend on it.
bool IsChinese(char32_t c) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 22> kRanges = {{
      {0x3400, 0x4DB5}, {0x4E00, 0x9FA5}, {0x9FA6, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A},
      {0xFA70, 0xFAD9}, {0xFF00, 0xFFEF}, {0x2E80, 0x2EFF}, {0x3000, 0x303F}, {0x31C0, 0x31EF},
      {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0xFE10, 0xFE1F},
      {0xFE30, 0xFE4F}, {0x2600, 0x26FF}, {0x2700, 0x27BF}, {0x3200, 0x32FF}, {0x2001, 0x2A6D},
      {0x2F81, 0x2FA1}, {0x3300, 0x33FF},
  }};
  for (const auto& [first, last] : kRanges) {
    if (c >= first && c <= last) return true;
  }
  return false;
}

std::string TokenizeZh(std::string_view line) {
  const std::u32string split = SetApart(DecodeUtf8(Strip(line)), IsChinese);
  return SeparatePeriodsCommasDashes(SeparateWesternSymbols(EncodeUtf8(split)));
}

bool HasCategory(char32_t c, uint32_t mask) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0;
}
bool IsNumber(char32_t c) { return HasCategory(c, U_GC_N_MASK); }
bool IsPunctuation(char32_t c) { return HasCategory(c, U_GC_P_MASK); }
bool IsSymbol(char32_t c) { return HasCategory(c, U_GC_S_MASK); }

std::string TokenizeIntl(std::string_view line) {
  std::u32string text = DecodeUtf8(line);
  text = RewritePairs(
      text, [](char32_t a, char32_t b) { return !IsNumber(a) && IsPunctuation(b); },
      AppendSecondApart<char32_t, std::u32string>);
  text = RewritePairs(
      text, [](char32_t a, char32_t b) { return IsPunctuation(a) && !IsNumber(b); },
      AppendFirstApart<char32_t, std::u32string>);
  return EncodeUtf8(SetApart(text, IsSymbol));
}

std::string TokenizeChar(std::string_view line) {
  std::u32string split;
  for (const char32_t c : DecodeUtf8(line)) split.append({c, U' '});
  return EncodeUtf8(split);
}

std::string TokenizeNone(std::string_view line) { return std::string(line); }

}  // namespace

BleuTokenizer MakeBleuTokenizer(std::string_view name) {
  using Function = std::string (*)(std::string_view);
  static constexpr std::array<std::pair<std::string_view, Function>, 5> kTokenizers = {{
      {"13a", Tokenize13a},
      {"intl", TokenizeIntl},
      {"zh", TokenizeZh},
      {"char", TokenizeChar},
      {"none", TokenizeNone},
  }};
  for (const auto& [known, function] : kTokenizers) {
    if (name == known) return {.name = std::string(name), .tokenize = function};
  }
  throw ConfigError({.where = "BLEU tokenizer",
                     .expected = "13a, intl, zh, char or none",
                     .got = std::string(name)});
}

std::string SeparateWesternSymbols(std::string_view text) {
  return SetApart(std::string(text), IsWesternSymbol);
}

// Working on bytes is right although the original works on characters: only ASCII is looked for,
// and no byte of a longer character is a digit, a period or a comma.
std::string SeparatePeriodsCommasDashes(std::string_view text) {
  std::string out = RewritePairs(
      std::string(text), [](char a, char b) { return !IsDigit(a) && IsPeriodOrComma(b); },
      AppendSecondApart<char, std::string>);
  out = RewritePairs(
      out, [](char a, char b) { return IsPeriodOrComma(a) && !IsDigit(b); },
      AppendFirstApart<char, std::string>);
  if (out.find('-') == std::string::npos) return out;
  return RewritePairs(
      out, [](char a, char b) { return IsDigit(a) && b == '-'; },
      AppendSecondApart<char, std::string>);
}

std::string UnescapeEntities(std::string_view text) {
  if (text.find('&') == std::string_view::npos) return std::string(text);
  const std::string quoted = ReplaceAll(text, "&quot;", "\"");
  const std::string ampersand = ReplaceAll(quoted, "&amp;", "&");
  return ReplaceAll(ReplaceAll(ampersand, "&lt;", "<"), "&gt;", ">");
}

}  // namespace talmach
