// The parts of attention from every query of a sequence to every key, for B sequences at once:
//   e_ij = v · φ(q_i + k_j) / τ  or  q_i · k_j      energies
//   α_i  = softmax_j e_ij over the values that query i may see
//   c_i  = Σ_j α_ij h_j                             contexts
// nn/attention_layer.h puts them together. They stand here and not beside it because they are loops
// of vector instructions, compiled for each kind of processor, and share the energies of
// attention-inl.h with the fused kernels. (Those are in attention.h: one query per sequence and
// step, as the decoder needs.)
//
// Shapes: queries [B, Q, A], keys [B, V, A], values [B, V, C], energies and weights [B, Q, V],
// contexts [B, Q, C]. Results are the same for any number of threads; a sequence does not depend on
// the others. Wrong shapes are a std::logic_error.
#pragma once

#include <cstdint>

#include "kernels/attention.h"

namespace talmach {

/// A byte for each element: 0 hides it.
using MaskView = TensorView<const std::uint8_t>;

/// energies = v · φ(q_i + k_j) / τ.
struct AdditiveEnergiesCall {
  ConstView query;
  ConstView keys;
  AttentionEnergy energy;
  View energies;
};
void AdditiveEnergies(const AdditiveEnergiesCall& call);

/// The same in reverse.
struct AdditiveEnergiesBackwardCall {
  ConstView d_energies;
  ConstView query;
  ConstView keys;
  AttentionEnergy energy;
  View d_query;              // overwritten
  View d_keys;               // overwritten
  float* d_scale = nullptr;  // [A], added to; null if the energy has no scale
};
void AdditiveEnergiesBackward(const AdditiveEnergiesBackwardCall& call);

/// weights = softmax of energies, in place, over the values that `visible` [B, V] shows (all if it
/// is empty) and, if `causal`, that are no later than the query: j ≤ i. Hidden values get exactly
/// 0; a query that sees no value gets zeros.
void MaskedSoftmax(MaskView visible, bool causal, View energies);

/// d_energies from d_weights, in place: d_e_ij = α_ij (d_α_ij − Σ_k α_ik d_α_ik).
void MaskedSoftmaxBackward(ConstView weights, View d_weights);

/// products_ij = x_i · y_j for x [B, I, C], y [B, J, C], products [B, I, J].
void PairwiseProducts(ConstView x, ConstView y, View products);

/// sums_i = Σ_j w_ij rows_j for w [B, I, J], rows [B, J, C], sums [B, I, C].
void WeightedSums(ConstView weights, ConstView rows, View sums);

/// sums_j = Σ_i w_ij rows_i for w [B, I, J], rows [B, I, C], sums [B, J, C].
void TransposedWeightedSums(ConstView weights, ConstView rows, View sums);

}  // namespace talmach
