// Small made-up batches and parameters for tests.
#pragma once

#include "base/random.h"
#include "model/seq2seq_model.h"
#include "text/batch.h"

namespace talmach {

/// Pairs of random tokens with the given lengths (with `</s>`), in the given order.
inline Batch RandomBatch(const std::vector<std::pair<Index, Index>>& lengths,
                         const VocabularySizes& vocabulary, std::uint64_t seed) {
  RandomStream random(seed);
  const auto sentence = [&](Index length, Index size) {
    std::vector<TokenId> tokens;
    for (Index i = 0; i + 1 < length; ++i) {
      tokens.push_back(static_cast<TokenId>(3 + random.Below(size - 3)));
    }
    tokens.push_back(kEndId);
    return tokens;
  };
  Batch batch;
  for (const auto& [source, target] : lengths) {
    batch.pairs.push_back({sentence(source, vocabulary.source), sentence(target, vocabulary.target),
                           static_cast<Index>(batch.pairs.size())});
  }
  return batch;
}

/// Values without symmetries: every parameter, gains and biases too, gets noise of its own.
inline void RandomiseParameters(ParameterSet& parameters, float deviation, std::uint64_t seed) {
  parameters.Initialize(seed);
  RandomStream random(seed + 1);
  for (const Parameter& parameter : parameters.list()) {
    for (float& value : parameters.Value(&parameter).span()) value += deviation * random.Normal();
  }
}

}  // namespace talmach
