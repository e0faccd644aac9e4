// The rewriting steps that tokenizers are made of, which other tools write as regular expressions.
// All of them scan from the left, and matches do not overlap.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace talmach {

/// A copy of `text` with every `from` (not empty) replaced by `to`.
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

/// Replaces neighbours (a, b) for which `matches(a, b)` by what `append(a, b, &out)` writes.
/// `String` is any kind of string.
template <typename String, typename Matches, typename Append>
String RewritePairs(const String& text, Matches matches, Append append) {
  String out;
  out.reserve(text.size() + text.size() / 4);
  std::size_t copied = 0, position = 0;
  while (position + 1 < text.size()) {
    if (!matches(text[position], text[position + 1])) {
      ++position;
      continue;
    }
    out.append(text, copied, position - copied);
    append(text[position], text[position + 1], &out);
    copied = position += 2;
  }
  out.append(text, copied, String::npos);
  return out;
}

/// The same for three neighbours.
template <typename String, typename Matches, typename Append>
String RewriteTriples(const String& text, Matches matches, Append append) {
  String out;
  out.reserve(text.size() + text.size() / 4);
  std::size_t copied = 0, position = 0;
  while (position + 2 < text.size()) {
    if (!matches(text[position], text[position + 1], text[position + 2])) {
      ++position;
      continue;
    }
    out.append(text, copied, position - copied);
    append(text[position], text[position + 1], text[position + 2], &out);
    copied = position += 3;
  }
  out.append(text, copied, String::npos);
  return out;
}

/// Puts white space around every character for which `matches(c)`.
template <typename String, typename Matches>
String SetApart(const String& text, Matches matches) {
  using Char = typename String::value_type;
  String out;
  out.reserve(text.size() + text.size() / 4);
  std::size_t copied = 0;
  for (std::size_t position = 0; position < text.size(); ++position) {
    if (!matches(text[position])) continue;
    out.append(text, copied, position - copied);
    for (const Char c : {Char{' '}, text[position], Char{' '}}) out.push_back(c);
    copied = position + 1;
  }
  out.append(text, copied, String::npos);
  return out;
}

/// Replacements of pairs: "ab" becomes "a b " or " a b".
template <typename Char, typename String>
void AppendSecondApart(Char first, Char second, String* out) {
  for (const Char c : {first, Char{' '}, second, Char{' '}}) out->push_back(c);
}
template <typename Char, typename String>
void AppendFirstApart(Char first, Char second, String* out) {
  for (const Char c : {Char{' '}, first, Char{' '}, second}) out->push_back(c);
}

}  // namespace talmach
