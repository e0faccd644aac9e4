// The output layer and its loss, for all target tokens at once, a chunk of rows at a time:
//   logits = W_y t + b_y      loss = label-smoothed cross-entropy of softmax(logits)
// The logits of the whole batch, N × V numbers, never exist: each chunk goes through product,
// softmax, loss and both gradient products while it is warm in the cache.
#pragma once

#include <span>

#include "nn/linear.h"

namespace talmach {

/// Sums over target tokens, in nats.
struct LossSums {
  double loss = 0.0;           // label-smoothed cross-entropy: what training minimises
  double cross_entropy = 0.0;  // −Σ log p(y), unsmoothed
  Index num_tokens = 0;
  double alignment_cost = 0.0;  // of guided alignment (model/guided_alignment.h), unweighted
  Index num_aligned = 0;        // target tokens that have links

  LossSums& operator+=(const LossSums& other) {
    loss += other.loss;
    cross_entropy += other.cross_entropy;
    num_tokens += other.num_tokens;
    alignment_cost += other.alignment_cost;
    num_aligned += other.num_aligned;
    return *this;
  }
};

struct LossOptions {
  float label_smoothing = 0.0f;  // ε
  float gradient_scale = 1.0f;   // multiplies the gradient of the summed loss
};

class SoftmaxOutput {
 public:
  /// W_y is `weight` [V, R]; declares `output.bias`.
  SoftmaxOutput(ParameterSet* parameters, Precision precision, const Parameter* weight);

  void Pack(const Packing& packing) { output_.Pack(packing); }
  Index vocabulary_size() const { return output_.outputs(); }

  /// logits [M, V] of readout [M, R].
  void Logits(const Operand& readout, View logits) const {
    output_.Forward(readout, /*add=*/false, logits);
  }

  /// The logits of some tokens alone.
  SelectedLinear Select(std::span<const TokenId> tokens) const { return output_.Select(tokens); }

  /// The loss of `targets` (−1: padding), and log p of each target in log_likelihoods [N].
  LossSums Loss(const Operand& readout, std::span<const TokenId> targets,
                const LossOptions& options, Arena& arena, std::span<float> log_likelihoods) const;

  /// The loss, d_readout [N, R] (overwritten) and the gradients of the parameters.
  LossSums LossAndGradient(const Operand& readout, std::span<const TokenId> targets,
                           const LossOptions& options, Arena& arena, View d_readout,
                           Gradients& gradients) const;

  /// Rows of logits that exist at a time.
  static constexpr Index kChunkRows = 256;

 private:
  Precision precision_;
  Linear output_;
};

}  // namespace talmach
