// Additive attention (Bahdanau et al. 2015, A.1.2) for many queries at once:
//   e_ij = v · φ(query_i + key_j) / τ      α_i = softmax_j e_ij      c_i = Σ_j α'_ij h_j
// where φ is tanh or relu, v is all ones for `scale: none`, τ is the temperature and α' = α, or
// dropped-out α (without renormalising). Energies and tanh are never stored: backward computes
// them again, which is cheaper than the memory traffic.
//
// The results of a query depend neither on the other queries nor on the number of threads.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/operand.h"

namespace talmach {

/// Where the source of each query lies: rows [begin[i], begin[i] + length[i]) of keys and
/// annotations. Several queries may share a source (the hypotheses of a beam); next to each other
/// they find it in the cache. Lengths are > 0: an empty source is a std::logic_error.
struct SourceSpans {
  std::span<const Index> begin;
  std::span<const Index> length;
};

enum class AttentionActivation { kTanh, kRelu };

struct AttentionEnergy {
  AttentionActivation activation = AttentionActivation::kTanh;
  const float* scale = nullptr;  // v [A], or null for all ones
  float temperature = 1.0f;      // τ
  // The keys are those of ExponentialKeys, for tanh in AttentionForward.
  bool exponential_keys = false;
};

/// keys ← e^{2 key}, key kept within ±21, for tanh in forward passes that read the same keys often:
/// tanh(q + k) = 1 − 2 / (1 + e^{2q} e^{2k}) costs a third of a tanh, and the ones do not change
/// the softmax. Queries are kept within ±21 too; weights are the same within some 1e-6.
void ExponentialKeys(View keys);

/// The number of queries B is weights.rows().
struct AttentionCall {
  ConstView query;  // [B, ≥ A]: its last A columns are the queries, its row stride is cols()
  ConstView keys;   // [·, A]
  ConstView annotations;  // [·, C]
  SourceSpans spans;
  AttentionEnergy energy;
  ConstView weight_mask = {};  // attention dropout: empty, or [B, W] of factors 0 or 1 / (1 − rate)
  View weights;                // [B, W], W ≥ the longest length, gets α; 0 past a row's length
  View context;                // [B, C] gets c
  Operand context_operand = {};  // gets c in its precision; may be empty
};
void AttentionForward(const AttentionCall& call);

/// One step in reverse; the views of its forward pass have the same names. The gradient of the
/// annotations through the context is left to AttentionAccumulateAnnotations, once for all steps.
/// Every query must have a source of its own (no sharing): sources are the unit of parallelism.
struct AttentionBackwardCall {
  ConstView d_context;  // [B, C]
  ConstView query;
  ConstView keys;
  ConstView annotations;
  SourceSpans spans;
  AttentionEnergy energy;
  ConstView weight_mask = {};
  ConstView weights;
  /// Empty, or [B, W] of weights g_ij ≥ 0 that are added to the loss as −Σ_ij g_ij ln α_ij
  /// (model/guided_alignment.h); rows of zeros add nothing.
  ConstView guide = {};
  Operand d_query;           // the last A columns of each row are overwritten
  View d_keys;               // float32, of the shape of keys; added to
  float* d_scale = nullptr;  // [A], added to; null if the energy has no scale
};
void AttentionBackward(const AttentionBackwardCall& call);

/// d_annotations_j += Σ_i α'_ij d_c_i over the steps i of each source s. Row i of step t of source
/// s in the packed matrices `weights`, `weight_mask` (or empty) and `d_context` is
/// step_begin[t] + s, for t < num_steps[s].
struct AttentionAnnotationsCall {
  ConstView weights;
  ConstView weight_mask = {};
  ConstView d_context;
  SourceSpans spans;
  std::span<const Index> step_begin;
  std::span<const Index> num_steps;
  View d_annotations;
};
void AttentionAccumulateAnnotations(const AttentionAnnotationsCall& call);

}  // namespace talmach
