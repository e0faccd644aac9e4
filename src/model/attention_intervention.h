// Attention weights that are changed on purpose while a model translates, to see whether it needs
// them: a model that translates just as well with other weights does not use its attention.
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

/// The result of AttentionForward at a step, under the names it has there.
struct AttendedStep {
  ConstView annotations;
  SourceSpans spans;
  View weights;  // [M, W]
  View context;  // [M, C]
  Operand context_operand;
};

/// Changes the rows of the weights within their spans and recomputes the contexts.
void Intervene(const StepIntervention& intervention, const AttendedStep& step);

}  // namespace talmach
