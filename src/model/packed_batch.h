// A batch laid out for the model: sentences sorted, tokens packed step by step.
#pragma once

#include <span>
#include <vector>

#include "kernels/attention.h"
#include "nn/sequence_packing.h"
#include "text/batch.h"

namespace talmach {

/// Source sentences. The encoder runs over them packed in the order of their lengths; its results,
/// the annotations, lie sentence by sentence in the order given, so that each sentence's keys and
/// annotations are one contiguous block for the attention.
struct PackedSources {
  SequencePacking packing;
  std::vector<TokenId> tokens;        // [N] packed
  std::vector<Index> annotation_row;  // [N] where the annotation of each packed token lies
  std::vector<Index> begins;          // of sentence i's block of annotations, in the order given
  std::vector<Index> lengths;

  SourceSpans spans() const { return {begins, lengths}; }
};

/// Packs the sources, each with its `</s>`.
PackedSources PackSources(std::span<const std::vector<TokenId>* const> sources);

/// Pairs in the order of the decoder: longest target first.
struct PackedBatch {
  std::vector<Index> order;  // order[i]: position in the batch of the i-th sentence
  PackedSources sources;     // in that order
  SequencePacking targets;
  std::vector<TokenId> decoder_inputs;  // [N] y_{i−1}, `<s>` at first
  std::vector<TokenId> labels;          // [padded N] y_i, −1 in the padding
};

PackedBatch PackBatch(std::span<const SentencePair> pairs);

}  // namespace talmach
