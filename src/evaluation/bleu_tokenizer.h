// The tokenizers that BLEU knows, named as in sacreBLEU:
//   13a   mteval-v13a.pl of NIST and WMT: splits Western punctuation, unescapes four entities
//   intl  mteval-v14.pl: splits Unicode punctuation, unless between digits, and symbols
//   zh    splits Chinese characters, the rest as 13a (Shujian Huang 2017)
//   char  every character is a token
//   none  the text is tokenized already
// A model-based tokenizer ("spm:…") is any other function with a name, made by the caller.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace talmach {

/// Turns a line into a text whose parts between white space are the tokens. Must be thread-safe.
struct BleuTokenizer {
  std::string name;  // for the signature
  std::function<std::string(std::string_view)> tokenize;
};

/// The tokenizer called `name`. Throws ConfigError for a name not listed above.
BleuTokenizer MakeBleuTokenizer(std::string_view name);

/// The steps shared by 13a, zh and Tercom: white space around Western symbols …
std::string SeparateWesternSymbols(std::string_view text);
/// … and around periods and commas unless between digits, and behind dashes after digits.
std::string SeparatePeriodsCommasDashes(std::string_view text);

/// Replaces &quot; &amp; &lt; &gt; one after the other, so that "&amp;lt;" becomes "<".
std::string UnescapeEntities(std::string_view text);

}  // namespace talmach
