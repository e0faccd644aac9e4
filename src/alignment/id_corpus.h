// A parallel corpus as numbers, the form in which aligners count. Numbers may be words
// (alignment/words.h) or pieces of a vocabulary.
#pragma once

#include <span>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Sentence pairs in memory, four bytes a token.
class IdCorpus {
 public:
  using Side = std::span<const TokenId>;

  /// Appends a pair of tokens ≥ 0. Either side may be empty.
  void Add(Side source, Side target);

  Index num_pairs() const { return static_cast<Index>(source_.begins.size()) - 1; }
  Side source(Index pair) const { return source_.Sentence(pair); }
  Side target(Index pair) const { return target_.Sentence(pair); }

  /// One more than the largest number on the side.
  Index num_source_ids() const { return source_.num_ids; }
  Index num_target_ids() const { return target_.num_ids; }
  Index longest_source() const { return source_.longest; }
  Index num_target_tokens() const { return static_cast<Index>(target_.tokens.size()); }

  /// The same pairs with the sides swapped.
  IdCorpus Swapped() const;

 private:
  struct Text {
    std::vector<TokenId> tokens;
    std::vector<Index> begins = {0};  // of each sentence, and the end
    Index num_ids = 0;
    Index longest = 0;

    void Add(Side sentence);
    Side Sentence(Index i) const {
      return Side(tokens).subspan(begins[i], begins[i + 1] - begins[i]);
    }
  };

  Text source_;
  Text target_;
};

}  // namespace talmach
