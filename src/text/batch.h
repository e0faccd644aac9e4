// What the model is fed: sentence pairs as token ids, and a batch of them.
#pragma once

#include <span>
#include <vector>

#include "alignment/links.h"
#include "base/types.h"

namespace talmach {

/// One line of a parallel corpus as tokens. Both sides end with kEndId and hold it nowhere else;
/// neither starts with kBeginId.
struct SentencePair {
  std::vector<TokenId> source = {};
  std::vector<TokenId> target = {};
  Index line = 0;        // position in the corpus, from 0
  Alignment links = {};  // between pieces, for guided alignment; none otherwise
  Index corpus = 0;      // which, of several
};

/// Sentence pairs that are processed together. A batch from BatchIterator is sorted by target
/// length, longest first, so that the rows still alive at any decoder step are a prefix.
struct Batch {
  std::vector<SentencePair> pairs = {};

  /// What only reads the pairs takes a span of them: a batch, or a share of one without a copy.
  operator std::span<const SentencePair>() const { return pairs; }  // NOLINT(google-explicit-*)

  /// Tokens with </s>, without padding.
  Index num_source_tokens() const {
    Index count = 0;
    for (const SentencePair& pair : pairs) count += static_cast<Index>(pair.source.size());
    return count;
  }
  Index num_target_tokens() const {
    Index count = 0;
    for (const SentencePair& pair : pairs) count += static_cast<Index>(pair.target.size());
    return count;
  }
};

}  // namespace talmach
