// Words as aligners see them: what white space separates, so that links mean the same words as
// those of attention merged into words (attention/word_units.h).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"

namespace talmach {

/// The parts of well-formed UTF-8 between white space (Unicode's White_Space). They point into
/// `text`.
std::vector<std::string_view> SplitWords(std::string_view text);

/// The word in lower case (case folding, without a locale) and without punctuation around it, so
/// that "House," and "house" are one; a word of punctuation alone stays.
std::string FoldWord(std::string_view word);

/// Numbers for words, from 0 in the order of their first appearance. One thread at a time.
class WordNumbers {
 public:
  /// `fold`: count words as FoldWord gives them.
  explicit WordNumbers(bool fold) : fold_(fold) {}

  /// The numbers of the words of a line.
  std::vector<TokenId> NumberWords(std::string_view line);
  Index size() const { return static_cast<Index>(numbers_.size()); }

 private:
  bool fold_;
  std::unordered_map<std::string, TokenId> numbers_;
};

}  // namespace talmach
