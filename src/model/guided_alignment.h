// Guided alignment (Chen et al. 2016, "Guided alignment training for topic-aware neural machine
// translation"): attention learns the links of given alignments while the model learns to
// translate. The pieces j ∈ L_i that are linked to target piece i share it equally, and the
// cross-entropy of the attention is added to the loss:
//
//   L = Σ_i −log p(y_i) + w Σ_{i: L_i ≠ ∅} −Σ_{j ∈ L_i} 1 / |L_i| · ln α_ij
//
// Through the softmax its gradient for the energies is w (α_ij − A_ij) with A_ij = 1 / |L_i| for
// j ∈ L_i and 0 elsewhere, which is exact however small α_ij is: the attention's backward pass
// takes w A for that (see AttentionBackward).
#pragma once

#include "model/packed_batch.h"
#include "tensor/tensor_view.h"

namespace talmach {

/// True if a pair of the batch has links.
bool HasLinks(std::span<const SentencePair> pairs);

/// guide [N, W] = weight · A for the rows of the packed targets; 0 in rows without links.
void FillGuide(std::span<const SentencePair> pairs, const PackedBatch& packed, float weight,
               View guide);

struct AlignmentCost {
  double cost = 0;        // Σ_i −Σ_j A_ij ln α_ij, nats
  Index num_aligned = 0;  // target pieces with links
};

/// The cost of the attention weights [N, W] of a batch.
AlignmentCost CostOfAlignment(std::span<const SentencePair> pairs, const PackedBatch& packed,
                              ConstView attention);

}  // namespace talmach
