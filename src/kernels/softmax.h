// Softmax over the vocabulary, fused with what is computed from it: each row of logits is read once
// from memory and each result is written once.
//
// A logit of −∞ forbids a token: its probability is exactly 0. A NaN or +∞ makes the results of its
// row NaN, so that divergence cannot go unnoticed, and no other row's. A row does not depend on its
// neighbours, their number or the number of threads.
#pragma once

#include <span>

#include "kernels/operand.h"

namespace talmach {

/// Label-smoothed cross-entropy of each row of `logits` [M, V] against `targets` [M], in nats:
///   loss = (1 − ε)(−log p(y)) + ε · mean_v(−log p(v)),   p = softmax(logits)
/// and its gradient times `gradient_scale`:
///   d_logits = gradient_scale · (p − (1 − ε) onehot(y) − ε / V).
/// Rows with target −1 are padding: loss 0, gradient 0. The loss of a forbidden target is +∞, and
/// so is, with ε > 0, that of a row with any forbidden token.
struct CrossEntropyCall {
  ConstView logits;                  // [M, V]
  std::span<const TokenId> targets;  // [M]
  float smoothing = 0.0f;            // ε
  float gradient_scale = 1.0f;
  Operand d_logits = {};             // [M, V]: the memory of `logits`, or empty (evaluation only)
  std::span<float> losses;           // [M] gets loss
  std::span<float> log_likelihoods;  // [M] gets log p(y)
};
void SoftmaxCrossEntropy(const CrossEntropyCall& call);

/// log Σ_u exp(logits_u) of each row, log_sums [M].
void LogSumExp(ConstView logits, std::span<float> log_sums);

/// log p = logits_v − log Σ_u exp(logits_u) of each row; result may be logits.
void LogSoftmax(ConstView logits, View result);

}  // namespace talmach
