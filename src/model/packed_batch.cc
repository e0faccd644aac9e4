// Tested by tests/model/seq2seq_model_test.cc.
//
// Two orders at once. The decoder walks over the pairs by descending target length, the encoder
// over the sources by descending source length; both are packed step by step
// (nn/sequence_packing.h). What connects them is the order of annotations: sentence by sentence in
// the decoder's order, each in one piece. annotation_row says for each packed source token where
// its annotation goes.
//
// decoder_inputs are the targets shifted by one, with <s> in front; labels are the targets
// themselves, padded with −1 up to the row count that products like.
#include "model/packed_batch.h"

#include <algorithm>
#include <numeric>

namespace talmach {
namespace {

// Positions in descending order of length; equal lengths keep their order.
template <typename LengthOf>
std::vector<Index> OrderByLength(Index count, const LengthOf& length_of) {
  std::vector<Index> order(count);
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater<>(), length_of);
  return order;
}

}  // namespace

PackedSources PackSources(std::span<const std::vector<TokenId>* const> sources) {
  const auto length_of = [&](Index i) { return static_cast<Index>(sources[i]->size()); };
  const std::vector<Index> order = OrderByLength(static_cast<Index>(sources.size()), length_of);
  PackedSources packed;
  Index num_tokens = 0;
  for (Index i = 0; i < static_cast<Index>(sources.size()); ++i) {
    packed.begins.push_back(num_tokens);
    packed.lengths.push_back(length_of(i));
    num_tokens += length_of(i);
  }
  std::vector<Index> sorted_lengths;
  for (const Index i : order) sorted_lengths.push_back(length_of(i));
  packed.packing = SequencePacking(sorted_lengths);
  packed.tokens.reserve(num_tokens);
  packed.annotation_row.reserve(num_tokens);
  for (Index step = 0; step < packed.packing.num_steps(); ++step) {
    for (Index rank = 0; rank < packed.packing.step_rows(step); ++rank) {
      const Index sentence = order[rank];
      packed.tokens.push_back((*sources[sentence])[step]);
      packed.annotation_row.push_back(packed.begins[sentence] + step);
    }
  }
  return packed;
}

PackedBatch PackBatch(std::span<const SentencePair> pairs) {
  PackedBatch packed;
  packed.order = OrderByLength(static_cast<Index>(pairs.size()),
                               [&](Index i) { return static_cast<Index>(pairs[i].target.size()); });
  std::vector<const std::vector<TokenId>*> sources;
  std::vector<Index> target_lengths;
  for (const Index i : packed.order) {
    sources.push_back(&pairs[i].source);
    target_lengths.push_back(static_cast<Index>(pairs[i].target.size()));
  }
  packed.sources = PackSources(sources);
  packed.targets = SequencePacking(target_lengths);
  for (Index step = 0; step < packed.targets.num_steps(); ++step) {
    for (Index row = 0; row < packed.targets.step_rows(step); ++row) {
      const std::vector<TokenId>& target = pairs[packed.order[row]].target;
      packed.decoder_inputs.push_back(step == 0 ? kBeginId : target[step - 1]);
      packed.labels.push_back(target[step]);
    }
  }
  packed.labels.resize(packed.targets.padded_tokens(), TokenId{-1});
  return packed;
}

}  // namespace talmach
