// Tested by tests/evaluation/moses_tokenizer_test.cc.
#include "evaluation/moses_punctuation.h"

#include <initializer_list>
#include <utility>

#include "base/unicode_text.h"
#include "evaluation/text_rewriting.h"

namespace talmach {
namespace {

using Replacements = std::initializer_list<std::pair<std::string_view, std::string_view>>;

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string ReplaceEach(std::string text, Replacements replacements) {
  for (const auto& [from, to] : replacements) text = ReplaceAll(text, from, to);
  return text;
}

std::string CollapseSpaces(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' || out.empty() || out.back() != ' ') out.push_back(c);
  }
  return out;
}

// Spaces outside brackets, none inside and none before punctuation.
std::string NormalizeBrackets(const std::string& text) {
  std::string out = CollapseSpaces(ReplaceEach(text, {{"(", " ("}, {")", ") "}}));
  for (const std::string_view mark : {".", "!", ":", "?", ";", ","}) {
    std::string spaced(") ");
    std::string joined(")");
    out = ReplaceAll(out, spaced.append(mark), joined.append(mark));
  }
  out = ReplaceEach(out, {{"( ", "("}, {" )", ")"}});
  out = RewriteTriples(
      out, [](char a, char b, char c) { return IsAsciiDigit(a) && b == ' ' && c == '%'; },
      [](char a, char, char c, std::string* to) {
        to->append({a, c});
      });
  return ReplaceEach(out, {{" :", ":"}, {" ;", ";"}});
}

// One kind of double and one kind of single quotation mark.
std::string NormalizeQuotes(const std::string& text) {
  return CollapseSpaces(ReplaceEach(text, {{"`", "'"},
                                           {"''", " \" "},
                                           {"„", "\""},
                                           {"“", "\""},
                                           {"”", "\""},
                                           {"–", "-"},
                                           {"—", " - "},
                                           {"´", "'"},
                                           {"‘", "'"},
                                           {"‚", "'"},
                                           {"’", "'"},
                                           {"''", "\""},
                                           {"…", "..."},
                                           {" « ", " \""},
                                           {"« ", "\""},
                                           {"«", "\""},
                                           {" » ", "\" "},
                                           {" »", "\""},
                                           {"»", "\""}}));
}

// No-break spaces vanish before punctuation and become plain ones before units.
std::string NormalizeNoBreakSpaces(const std::string& text) {
  return CollapseSpaces(ReplaceEach(text, {{"\u00A0%", "%"},
                                           {"nº\u00A0", "nº "},
                                           {"\u00A0:", ":"},
                                           {"\u00A0ºc", " ºc"},
                                           {"\u00A0cm", " cm"},
                                           {"\u00A0?", "?"},
                                           {"\u00A0!", "!"},
                                           {"\u00A0;", ";"},
                                           {",\u00A0", ", "}}));
}

// English style: a quotation ends behind the comma or the periods: ", becomes ,".
std::string MovePunctuationIntoQuotes(const std::string& text) {
  std::string out;
  for (std::size_t position = 0; position < text.size();) {
    const char c = text[position++];
    if (c == '"') {
      while (position < text.size() && (text[position] == ',' || text[position] == '.')) {
        out.push_back(text[position++]);
      }
    }
    out.push_back(c);
  }
  return out;
}

// Continental style: ," becomes ", and ." becomes ". unless the quotation ends the line.
std::string MovePunctuationOutOfQuotes(const std::string& line) {
  const std::string text = ReplaceAll(line, ",\"", "\",");
  std::string out;
  std::size_t position = 0;
  while (position < text.size()) {
    std::size_t end = position;
    while (end < text.size() && text[end] == '.') ++end;
    if (end == position) {
      out.push_back(text[position++]);
      continue;
    }
    std::size_t next = end + 1;
    while (next < text.size() && IsAsciiSpace(text[next])) ++next;
    const bool moves =
        end < text.size() && text[end] == '"' && next < text.size() && text[next] != '<';
    if (moves) out.push_back('"');
    out.append(text, position, end - position);
    position = moves ? end + 1 : end;
  }
  return out;
}

// A no-break space between digits separates thousands.
std::string NormalizeNumbers(const std::string& text, char separator) {
  return EncodeUtf8(RewriteTriples(
      DecodeUtf8(text),
      [](char32_t a, char32_t b, char32_t c) {
        return b == U'\u00A0' && a < 0x80 && c < 0x80 && IsAsciiDigit(static_cast<char>(a)) &&
               IsAsciiDigit(static_cast<char>(c));
      },
      [separator](char32_t a, char32_t, char32_t c, std::u32string* out) {
        out->append({a, static_cast<char32_t>(separator), c});
      }));
}

}  // namespace

std::string NormalizePunctuation(std::string_view line, std::string_view language) {
  std::string text = ReplaceAll(line, "\r", "");
  text = NormalizeNoBreakSpaces(NormalizeQuotes(NormalizeBrackets(text)));
  if (language == "en") {
    text = MovePunctuationIntoQuotes(text);
  } else if (language != "cs") {
    text = MovePunctuationOutOfQuotes(text);
  }
  return NormalizeNumbers(text, language == "en" ? '.' : ',');
}

}  // namespace talmach
