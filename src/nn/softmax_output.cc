// Tested by tests/nn/layers_test.cc.
//
// The order of LossAndGradient for N rows, a vocabulary V and a readout of width R:
//
//   for each block of 512 rows
//     for each part of 64 rows
//       logits  [64, V]  = readout · W_yᵀ + b_y          a product
//       d_logits[64, V]  = softmax, loss, gradient       one pass over each row, in the cache
//     d_readout [512, R] = d_logits · W_y                a product
//     dW_y [V, R]       += d_logitsᵀ · readout           a product
//
// 64 rows of 8,000 float32 logits are 2 MB: about what stays in a second-level cache between
// product and softmax. Adding to dW_y reads and writes all of it, 8 MB for R = 256, so that is done
// once for 512 rows, not for each 64. Float32 logits become their gradient in place; in bfloat16
// the logits have a buffer of their own, since a gradient takes half the room.
//
// Padding rows have the target −1: no loss, no gradient. Losses are summed in double precision in
// the order of the rows.
#include "nn/softmax_output.h"

#include <algorithm>

#include "base/profile.h"
#include "base/stop.h"
#include "kernels/softmax.h"

namespace talmach {
namespace {

LossSums Sum(std::span<const TokenId> targets, std::span<const float> losses,
             std::span<const float> log_likelihoods) {
  LossSums sums;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] < 0) continue;
    sums.loss += losses[i];
    sums.cross_entropy -= log_likelihoods[i];
    ++sums.num_tokens;
  }
  return sums;
}

}  // namespace

SoftmaxOutput::SoftmaxOutput(ParameterSet* parameters, Precision precision, const Parameter* weight)
    : precision_(precision),
      bias_(parameters->AddVector("output.bias", weight->rows, Initializer::kZero)),
      output_(parameters, precision, {.weight = weight, .bias = bias_}) {}

SoftmaxOutput::Buffers SoftmaxOutput::AllocateBuffers(Arena& arena, Precision precision,
                                                      Index num_rows, Index vocabulary_size) {
  Buffers buffers;
  buffers.d_logits =
      AllocateOperand(arena, precision, std::min(kGradientRows, num_rows), vocabulary_size);
  if (precision == Precision::kBFloat16) {
    buffers.logits = arena.Allocate<float>({std::min(kLogitRows, num_rows), vocabulary_size});
  }
  return buffers;
}

LossSums SoftmaxOutput::Loss(const Operand& readout, std::span<const TokenId> targets,
                             const LossOptions& options, Arena& arena,
                             std::span<float> log_likelihoods) const {
  const ProfileScope profile(Zone::kOutput);
  const Arena::Scope scope(arena);
  const Index num_rows = readout.rows();
  const View logits = arena.Allocate<float>({std::min(kLogitRows, num_rows), vocabulary_size()});
  const std::span<float> losses = arena.Allocate<float>({num_rows}).span();
  for (Index begin = 0; begin < num_rows; begin += kLogitRows) {
    StopPoint();
    const Index rows = std::min(kLogitRows, num_rows - begin);
    Logits(readout.Rows(begin, begin + rows), logits.Rows(0, rows));
    SoftmaxCrossEntropy({.logits = logits.Rows(0, rows),
                         .targets = targets.subspan(begin, rows),
                         .smoothing = options.label_smoothing,
                         .losses = losses.subspan(begin, rows),
                         .log_likelihoods = log_likelihoods.subspan(begin, rows)});
  }
  return Sum(targets, losses, log_likelihoods);
}

LossSums SoftmaxOutput::LossAndGradient(const Operand& readout, std::span<const TokenId> targets,
                                        const LossOptions& options, Arena& arena, View d_readout,
                                        Gradients& gradients) const {
  const ProfileScope profile(Zone::kOutput);
  const Arena::Scope scope(arena);
  const Index num_rows = readout.rows();
  const Buffers buffers = AllocateBuffers(arena, precision_, num_rows, vocabulary_size());
  const std::span<float> losses = arena.Allocate<float>({num_rows}).span();
  const std::span<float> log_likelihoods = arena.Allocate<float>({num_rows}).span();
  if (arena.measuring()) return {};
  for (Index begin = 0; begin < num_rows; begin += kGradientRows) {
    const Index end = std::min(begin + kGradientRows, num_rows);
    for (Index first = begin; first < end; first += kLogitRows) {
      StopPoint();
      const Index rows = std::min(kLogitRows, end - first);
      const Operand d_rows = buffers.d_logits.Rows(first - begin, first - begin + rows);
      const View logits = buffers.logits.empty() ? d_rows.AsView() : buffers.logits.Rows(0, rows);
      Logits(readout.Rows(first, first + rows), logits);
      SoftmaxCrossEntropy({.logits = logits,
                           .targets = targets.subspan(first, rows),
                           .smoothing = options.label_smoothing,
                           .gradient_scale = options.gradient_scale,
                           .d_logits = d_rows,
                           .losses = losses.subspan(first, rows),
                           .log_likelihoods = log_likelihoods.subspan(first, rows)});
    }
    const Operand d_logits = buffers.d_logits.Rows(0, end - begin);
    output_.BackwardInput(d_logits, /*add=*/false, d_readout.Rows(begin, end));
    output_.BackwardWeights(d_logits, readout.Rows(begin, end), gradients);
  }
  if (!options.losses.empty()) std::ranges::copy(losses, options.losses.begin());
  return Sum(targets, losses, log_likelihoods);
}

}  // namespace talmach
