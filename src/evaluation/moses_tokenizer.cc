// The steps of the Moses scripts in their order: normalise punctuation, set symbols apart, protect
// runs of dots, set commas apart unless inside numbers, split apostrophes by the language's rule,
// and last decide for each word that ends in a period whether the period belongs to it. Runs of
// dots are replaced by a private character while the other rules work, as in the original, where
// they would otherwise be taken for sentence ends.
#include "evaluation/moses_tokenizer.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/unicode_text.h"
#include "evaluation/moses_punctuation.h"
#include "evaluation/text_rewriting.h"

namespace talmach {
namespace {

// Stands for the dots of a run ("...") while the other rules work, which must not see dots.
constexpr char32_t kRunDot = U'\uF8FF';

bool IsAlphabetic(char32_t c) { return u_isUAlphabetic(static_cast<UChar32>(c)); }
bool IsLowercase(char32_t c) { return u_isULowercase(static_cast<UChar32>(c)); }
bool IsNumeric(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_N_MASK) != 0; }
bool IsAlphanumeric(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_POSIX_ALNUM);
}

// Runs of white space become one space, control characters vanish, both ends are clean.
std::u32string CleanSpaces(std::string_view text) {
  std::u32string out;
  for (const char32_t c : DecodeUtf8(Strip(text))) {
    if (!IsWhitespace(c)) {
      if (c >= 0x20) out.push_back(c);
    } else if (out.empty() || out.back() != U' ') {
      out.push_back(U' ');
    }
  }
  return out;
}

bool IsOtherCharacter(char32_t c) {
  return !IsAlphanumeric(c) && !IsWhitespace(c) &&
         std::u32string_view(U".'`,-").find(c) == std::u32string_view::npos;
}

std::u32string SetRunsOfDotsApart(const std::u32string& text) {
  std::u32string out;
  for (std::size_t position = 0; position < text.size();) {
    std::size_t end = position;
    while (end < text.size() && text[end] == U'.') ++end;
    if (end < position + 2) {
      out.push_back(text[position++]);
      continue;
    }
    out.append(U" ").append(end - position, kRunDot);
    if (end < text.size()) out.push_back(U' ');
    position = end;
  }
  return out;
}

std::u32string SetCommasApart(const std::u32string& text) {
  const auto comma_second = [](char32_t a, char32_t b) { return !IsNumeric(a) && b == U','; };
  const auto comma_first = [](char32_t a, char32_t b) { return a == U',' && !IsNumeric(b); };
  std::u32string out =
      RewritePairs(text, comma_second, AppendSecondApart<char32_t, std::u32string>);
  out = RewritePairs(out, comma_first, AppendFirstApart<char32_t, std::u32string>);
  if (out.size() > 1 && out.back() == U',' && IsNumeric(out[out.size() - 2])) {
    out.back() = U' ';
    out.push_back(U',');
  }
  return out;
}

// Rewrites a'b where `left(a)` and `right(b)` with the given text for the apostrophe.
template <typename Left, typename Right>
std::u32string RewriteApostrophe(const std::u32string& text, Left left, Right right,
                                 std::u32string_view apostrophe) {
  return RewriteTriples(
      text, [&](char32_t a, char32_t b, char32_t c) { return b == U'\'' && left(a) && right(c); },
      [&](char32_t a, char32_t, char32_t c, std::u32string* out) {
        out->push_back(a);
        out->append(apostrophe).push_back(c);
      });
}

bool IsNotAlphabetic(char32_t c) { return !IsAlphabetic(c); }

// English contractions keep the apostrophe on their right part: it 's, 1990 's.
std::u32string SplitEnglishApostrophes(std::u32string text) {
  const auto is_mark = [](char32_t c) { return !IsAlphabetic(c) && !IsNumeric(c); };
  text = RewriteApostrophe(text, IsNotAlphabetic, IsNotAlphabetic, U" ' ");
  text = RewriteApostrophe(text, is_mark, IsAlphabetic, U" ' ");
  text = RewriteApostrophe(text, IsAlphabetic, IsNotAlphabetic, U" ' ");
  text = RewriteApostrophe(text, IsAlphabetic, IsAlphabetic, U" '");
  return RewriteApostrophe(
      text, IsNumeric, [](char32_t c) { return c == U's'; }, U" '");
}

// French ones on their left part: l' homme.
std::u32string SplitFrenchApostrophes(std::u32string text) {
  text = RewriteApostrophe(text, IsNotAlphabetic, IsNotAlphabetic, U" ' ");
  text = RewriteApostrophe(text, IsNotAlphabetic, IsAlphabetic, U" ' ");
  text = RewriteApostrophe(text, IsAlphabetic, IsNotAlphabetic, U" ' ");
  return RewriteApostrophe(text, IsAlphabetic, IsAlphabetic, U"' ");
}

std::u32string SplitApostrophes(const std::u32string& text, std::string_view language) {
  if (language == "en") return SplitEnglishApostrophes(text);
  if (language == "fr") return SplitFrenchApostrophes(text);
  return SetApart(text, [](char32_t c) { return c == U'\''; });
}

// Lower-case words whose period does not end a sentence.
bool IsAbbreviation(const std::u32string& word, std::string_view language) {
  static const std::set<std::u32string, std::less<>> kEnglish = {U"v", U"vs", U"rev"};
  static const std::set<std::u32string, std::less<>> kGerman = {
      U"bspw", U"bzgl", U"bzw", U"ca",  U"dgl", U"evtl", U"ggf", U"inkl", U"max",
      U"min",  U"o.g",  U"sog", U"usf", U"usw", U"vgl",  U"vs",  U"zzgl"};
  static const std::set<std::u32string, std::less<>> kFrench = {
      U"apr", U"art", U"av",   U"boul", U"cf", U"chap", U"éd",   U"env", U"etc", U"ex",  U"fig",
      U"fr",  U"id",  U"ibid", U"inf",  U"pl", U"pp",   U"suiv", U"sup", U"tél", U"vol", U"vs"};
  static const std::set<std::u32string, std::less<>> kCzech = {
      U"angl", U"apod", U"atd", U"atp",  U"cca",  U"č",    U"čl",  U"fr",   U"kap", U"lat",
      U"např", U"něm",  U"obr", U"odst", U"pozn", U"prof", U"r",   U"resp", U"s",   U"sv",
      U"srov", U"str",  U"tab", U"tel",  U"tj",   U"tzn",  U"tzv", U"ul",   U"vs",  U"zvl"};
  if (language == "en") return kEnglish.contains(word);
  if (language == "fr") return kFrench.contains(word);
  if (language == "cs") return kCzech.contains(word);
  // German ordinals are digits with a period.
  const bool ordinal =
      !word.empty() && word.size() <= 2 &&
      std::all_of(word.begin(), word.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; });
  return ordinal || kGerman.contains(word);
}

// Words between single spaces; two spaces in a row enclose an empty one.
std::vector<std::u32string> SplitAtSpaces(const std::u32string& text) {
  std::vector<std::u32string> words(1);
  for (const char32_t c : text) {
    if (c == U' ') {
      words.emplace_back();
    } else {
      words.back().push_back(c);
    }
  }
  while (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

// Whether the period behind `stem` is a token of its own, given the word after it (empty at the end
// of the line). The end of a line does not separate an abbreviation from its period, as in the
// version of the scripts that made the tokens of Multi30k.
bool IsFullStop(const std::u32string& stem, const std::u32string& next, std::string_view language) {
  const bool has_letter = std::any_of(stem.begin(), stem.end(), IsAlphabetic);
  if (has_letter && stem.find(U'.') != std::u32string::npos) return false;
  if (!next.empty() && IsLowercase(next.front())) return false;
  return !IsAbbreviation(stem, language);
}

std::u32string SplitPeriods(const std::u32string& text, std::string_view language) {
  const std::vector<std::u32string> words = SplitAtSpaces(text);
  const std::u32string none;
  std::u32string out;
  for (std::size_t index = 0; index < words.size(); ++index) {
    std::u32string word = words[index];
    if (word.size() > 1 && word.back() == U'.') {
      const std::u32string& next = index + 1 < words.size() ? words[index + 1] : none;
      word.pop_back();
      word += IsFullStop(word, next, language) ? U" ." : U".";
    }
    out.append(word).push_back(U' ');
  }
  // A period before a quotation mark at the end of the line has been overlooked.
  constexpr std::u32string_view kOverlooked = U".' ";
  if (out.ends_with(kOverlooked)) {
    out.replace(out.size() - kOverlooked.size(), kOverlooked.size(), U" . ' ");
  }
  return out;
}

std::string Tokenize(std::string_view line, std::string_view language) {
  const std::string normalized = NormalizePunctuation(LowerCase(line), language);
  std::u32string text = SetApart(CleanSpaces(normalized), IsOtherCharacter);
  text = SetCommasApart(SetRunsOfDotsApart(text));
  text = SplitPeriods(SplitApostrophes(text, language), language);
  std::replace(text.begin(), text.end(), kRunDot, U'.');
  return EncodeUtf8(text);
}

}  // namespace

BleuTokenizer MakeMosesTokenizer(std::string_view language) {
  static constexpr std::array<std::string_view, 4> kLanguages = {"en", "de", "fr", "cs"};
  for (const std::string_view known : kLanguages) {
    if (language != known) continue;
    std::string name("moses-");
    return {.name = name.append(known),
            .tokenize = [known](std::string_view line) { return Tokenize(line, known); }};
  }
  throw ConfigError({.where = "moses tokenizer: language",
                     .expected = "en, de, fr or cs",
                     .got = language.empty() ? "none" : std::string(language)});
}

}  // namespace talmach
