// The output layer and its loss, for all target tokens at once:
//   logits = W_y t + b_y      loss = label-smoothed cross-entropy of softmax(logits)
// The logits of the whole batch, N × V numbers, never exist. A few rows at a time go through
// product, softmax and loss while they are warm in the cache. What remains of them, the gradient in
// the precision of products, waits for more rows: the product that adds to the gradient of W_y
// reads and writes all V × R numbers of it, however few rows it is given.
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
  std::span<float> losses = {};  // [N] gets the loss of each row, if it is not empty
};

class SoftmaxOutput {
 public:
  /// W_y is `weight` [V, R]; declares `output.bias`.
  SoftmaxOutput(ParameterSet* parameters, Precision precision, const Parameter* weight);

  void Pack(const PackOptions& options) { output_.Pack(options); }
  const Parameter* bias() const { return bias_; }
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

  static constexpr Index kLogitRows = 64;      // rows of logits that exist at a time
  static constexpr Index kGradientRows = 512;  // rows of their gradient that do

  /// Memory for a part of num_rows rows, with the vocabulary size V. Float32 logits turn into their
  /// gradient in place: there `logits` is empty.
  struct Buffers {
    Operand d_logits;  // [min(kGradientRows, num_rows), V], in the precision of products
    View logits;       // [min(kLogitRows, num_rows), V]
  };
  static Buffers AllocateBuffers(Arena& arena, Precision precision, Index num_rows,
                                 Index vocabulary_size);

 private:
  Precision precision_;
  const Parameter* bias_;
  Linear output_;
};

}  // namespace talmach
