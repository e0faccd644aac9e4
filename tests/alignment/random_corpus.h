// Small random sentence pairs for the tests of aligners.
#pragma once

#include <cstdint>
#include <vector>

#include "alignment/id_corpus.h"
#include "base/random.h"

namespace talmach {

/// Pairs of 1 … `longest` words from vocabularies of `num_words`.
inline IdCorpus RandomCorpus(std::uint64_t seed, Index num_pairs, std::uint64_t longest,
                             std::uint64_t num_words) {
  RandomStream random(seed);
  const auto sentence = [&] {
    std::vector<TokenId> words(1 + random.Below(longest));
    for (TokenId& word : words) word = static_cast<TokenId>(random.Below(num_words));
    return words;
  };
  IdCorpus corpus;
  for (Index i = 0; i < num_pairs; ++i) {
    const std::vector<TokenId> source = sentence();
    corpus.Add(source, sentence());
  }
  return corpus;
}

}  // namespace talmach
