// Attention weights changed on purpose while a model translates, to see whether it needs them: a
// model that translates as well with other weights did not use its attention.
//   uniform    α_ij = 1 / S
//   permuted   each row of α in a random order (Jain and Wallace 2019)
// The change happens between the softmax and the context, so that c_i = Σ_j α_ij h_j is made of the
// changed weights, and they are the attention that the search reports.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/attention.h"

namespace talmach {

enum class AttentionChange { kNone, kUniform, kPermuted };

/// What a whole search does to attention. An order is a function of the seed, the source and the
/// token before, y_{i−1}: lines do not depend on their neighbours.
struct AttentionIntervention {
  AttentionChange change = AttentionChange::kNone;
  std::uint64_t seed = 1;
};

/// What happens at one decoder step.
struct StepIntervention {
  AttentionChange change = AttentionChange::kNone;
  std::span<const std::uint64_t> keys = {};  // of the permutation of each row; kPermuted only
};

/// Changes the rows of `weights` [M, W] within their spans and makes the contexts [M, C] anew;
/// `annotations` and `context_operand` as in AttentionForward.
void Intervene(const StepIntervention& intervention, ConstView annotations,
               const SourceSpans& spans, View weights, View context,
               const Operand& context_operand);

}  // namespace talmach
