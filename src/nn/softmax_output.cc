#include "nn/softmax_output.h"

#include <algorithm>

#include "base/profile.h"
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
      output_(parameters, precision, weight,
              parameters->AddVector("output.bias", weight->rows, Initializer::kZero)) {}

LossSums SoftmaxOutput::Loss(const Operand& readout, std::span<const TokenId> targets,
                             const LossOptions& options, Arena& arena,
                             std::span<float> log_likelihoods) const {
  const ProfileScope profile(Zone::kOutput);
  const Arena::Scope scope(arena);
  const Index num_rows = readout.rows();
  const View logits = arena.Allocate<float>({std::min(kChunkRows, num_rows), vocabulary_size()});
  const std::span<float> losses = arena.Allocate<float>({num_rows}).span();
  for (Index begin = 0; begin < num_rows; begin += kChunkRows) {
    const Index rows = std::min(kChunkRows, num_rows - begin);
    Logits(readout.Rows(begin, begin + rows), logits.Rows(0, rows));
    SoftmaxCrossEntropy(logits.Rows(0, rows), targets.subspan(begin, rows), options.label_smoothing,
                        options.gradient_scale, Operand(), losses.subspan(begin, rows),
                        log_likelihoods.subspan(begin, rows));
  }
  return Sum(targets, losses, log_likelihoods);
}

LossSums SoftmaxOutput::LossAndGradient(const Operand& readout, std::span<const TokenId> targets,
                                        const LossOptions& options, Arena& arena, View d_readout,
                                        Gradients& gradients) const {
  const ProfileScope profile(Zone::kOutput);
  const Arena::Scope scope(arena);
  const Index num_rows = readout.rows();
  const Index chunk = std::min(kChunkRows, num_rows);
  const View logits = arena.Allocate<float>({chunk, vocabulary_size()});
  const Operand d_logits = AllocateOperandFor(arena, precision_, logits, chunk);
  const std::span<float> losses = arena.Allocate<float>({num_rows}).span();
  const std::span<float> log_likelihoods = arena.Allocate<float>({num_rows}).span();
  for (Index begin = 0; begin < num_rows; begin += kChunkRows) {
    const Index rows = std::min(kChunkRows, num_rows - begin);
    const Operand t = readout.Rows(begin, begin + rows);
    const Operand d_chunk = d_logits.Rows(0, rows);
    Logits(t, logits.Rows(0, rows));
    SoftmaxCrossEntropy(logits.Rows(0, rows), targets.subspan(begin, rows), options.label_smoothing,
                        options.gradient_scale, d_chunk, losses.subspan(begin, rows),
                        log_likelihoods.subspan(begin, rows));
    output_.BackwardInput(d_chunk, /*add=*/false, d_readout.Rows(begin, begin + rows));
    output_.BackwardWeights(d_chunk, t, gradients);
  }
  return Sum(targets, losses, log_likelihoods);
}

}  // namespace talmach
