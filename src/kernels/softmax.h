// Softmax over the vocabulary, fused with what is done to it.
#pragma once

#include <span>

#include "kernels/operand.h"

namespace talmach {

/// Label-smoothed cross-entropy of each row of `logits` [M, V] against `targets` [M], in nats:
///   loss = (1 − ε)(−log p(y)) + ε · mean_v(−log p(v)),   p = softmax(logits)
/// and its gradient times `gradient_scale`:
///   d_logits = gradient_scale · (p − (1 − ε) onehot(y) − ε / V).
/// losses [M] gets loss, log_likelihoods [M] gets log p(y). d_logits may be empty (evaluation
/// only) or the memory of `logits`. Rows with target −1 are padding: loss 0, gradient 0.
void SoftmaxCrossEntropy(ConstView logits, std::span<const TokenId> targets, float smoothing,
                         float gradient_scale, const Operand& d_logits, std::span<float> losses,
                         std::span<float> log_likelihoods);

/// log Σ_v exp(logits_v) of each row.
void LogSumExp(ConstView logits, std::span<float> result);

/// logits − LogSumExp(logits), row by row; result may be logits.
void LogSoftmax(ConstView logits, View result);

}  // namespace talmach
