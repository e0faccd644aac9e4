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
/// query: [B, ≥ A], its last A = keys.cols() columns are the query and its row stride is cols();
/// keys [·, A], annotations [·, C].
/// weights: [B, W] with W ≥ the longest length gets α; entries past a row's length become 0.
/// weight_mask: empty, or [B, W] of factors (0 or 1 / (1 − rate)): attention dropout.
/// context: [B, C] gets c; context_operand, if not empty, gets it in its precision.
void AttentionForward(ConstView query, ConstView keys, ConstView annotations,
                      const SourceSpans& spans, const AttentionEnergy& energy,
                      ConstView weight_mask, View weights, View context,
                      const Operand& context_operand);

/// Gradients of one step. d_query: the last A columns of each row are overwritten. d_keys
/// (float32, shape of keys) and d_scale [A] (null if scale is) accumulate; the gradient of the
/// annotations through the context is left to AttentionAccumulateAnnotations, once for all steps.
/// Every query must have a source of its own (no sharing): sources are the unit of parallelism.
/// guide: empty, or [B, W] of weights g_ij ≥ 0 that are added to the loss as −Σ_ij g_ij ln α_ij
/// (model/guided_alignment.h); rows of zeros add nothing.
void AttentionBackward(ConstView d_context, ConstView query, ConstView keys, ConstView annotations,
                       const SourceSpans& spans, const AttentionEnergy& energy,
                       ConstView weight_mask, ConstView weights, const Operand& d_query,
                       View d_keys, float* d_scale, ConstView guide = {});

/// d_annotations_j += Σ_i α'_ij d_c_i over the steps i of each source s. Row i of step t of source
/// s in the packed matrices `weights`, `weight_mask` (or empty) and `d_context` is
/// step_begin[t] + s, for t < num_steps[s].
void AttentionAccumulateAnnotations(ConstView weights, ConstView weight_mask, ConstView d_context,
                                    const SourceSpans& spans, std::span<const Index> step_begin,
                                    std::span<const Index> num_steps, View d_annotations);

}  // namespace talmach
