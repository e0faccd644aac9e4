// Tested by tests/nn/layers_test.cc.
//
// One activation of three sums. [U_o; V_o; C_o] could be one matrix over the concatenation of
// state, embedding and context, but the three have different owners: V_o E y_{i−1} depends on a
// token alone, so search keeps it in a table (model/token_table.h) and starts from it
// (ForwardRest), while training computes all three for all steps at once.
//
// Backward: d_t goes through dropout (the same mask, made again from its key) and the activation's
// derivative to d_sums, which all three maps share: d_s = U_oᵀ d_sums, dU_o = d_sumsᵀ s, and so on;
// the bias belongs to the first map only, so its gradient is added once. Of a maxout pair the
// larger element gets the gradient.
#include "nn/readout.h"

#include "base/profile.h"
#include "kernels/elementwise.h"

namespace talmach {
namespace {

Linear MakeLinear(ParameterSet* parameters, Precision precision, const std::string& name,
                  Index outputs, Index inputs, const Parameter* bias) {
  const Parameter* weight =
      parameters->AddMatrix(name + ".weight", outputs, inputs, Initializer::kGlorotUniform);
  return Linear(parameters, precision, {.weight = weight, .bias = bias});
}

Index NumSums(ReadoutActivation activation, Index size) {
  return activation == ReadoutActivation::kMaxout ? 2 * size : size;
}

}  // namespace

Readout::Readout(ParameterSet* parameters, Precision precision, const std::string& name,
                 const ReadoutSizes& sizes, ReadoutActivation activation)
    : precision_(precision),
      size_(sizes.readout),
      activation_(activation),
      state_(MakeLinear(
          parameters, precision, name + ".state", NumSums(activation, size_), sizes.state,
          parameters->AddVector(name + ".bias", NumSums(activation, size_), Initializer::kZero))),
      embedding_(MakeLinear(parameters, precision, name + ".embedding", NumSums(activation, size_),
                            sizes.embedding, nullptr)),
      context_(MakeLinear(parameters, precision, name + ".context", NumSums(activation, size_),
                          sizes.context, nullptr)) {}

void Readout::Pack(const PackOptions& options) {
  state_.Pack(options);
  embedding_.Pack(options);
  context_.Pack(options);
}

ReadoutActivations Readout::Allocate(Arena& arena, Index num_rows) const {
  ReadoutActivations activations;
  activations.sums = arena.AllocateRows(num_rows, NumSums(activation_, size_));
  activations.values = activation_ == ReadoutActivation::kMaxout
                           ? arena.AllocateRows(num_rows, size_)
                           : activations.sums;
  activations.operand = AllocateOperand(arena, precision_, num_rows, size_);
  return activations;
}

void Readout::Forward(const ReadoutInputs& inputs, const ReadoutActivations& activations) const {
  ForwardEmbeddings(inputs.embeddings, activations.sums);
  ForwardRest(inputs.states, inputs.contexts, activations);
}

void Readout::ForwardRest(const Operand& states, const Operand& contexts,
                          const ReadoutActivations& activations) const {
  const ProfileScope profile(Zone::kOutput);
  const View sums = activations.sums;
  state_.Forward(states, /*add=*/true, sums);
  context_.Forward(contexts, /*add=*/true, sums);
  if (activation_ == ReadoutActivation::kMaxout) {
    Maxout(sums, activations.values);
  } else {
    Tanh(sums, activations.values);
  }
  ApplyDropout(activations.dropout, activations.values, activations.operand);
}

void Readout::Backward(const ReadoutInputs& inputs, const ReadoutActivations& activations,
                       View d_values, const ReadoutInputGradients& d_inputs, Arena& arena,
                       Gradients& gradients) const {
  const ProfileScope profile(Zone::kOutput);
  const Operand d_sums =
      AllocateOperand(arena, precision_, activations.sums.rows(), activations.sums.cols());
  if (arena.measuring()) return;
  if (activations.dropout.active()) {
    ApplyDropout(activations.dropout, d_values, Operand(d_values));
  }
  if (activation_ == ReadoutActivation::kMaxout) {
    MaxoutBackward(d_values, activations.sums, d_sums);
  } else {
    TanhBackward(d_values, activations.values, d_sums);
  }
  state_.BackwardInput(d_sums, /*add=*/false, d_inputs.states);
  embedding_.BackwardInput(d_sums, /*add=*/false, d_inputs.embeddings);
  context_.BackwardInput(d_sums, /*add=*/false, d_inputs.contexts);
  state_.BackwardWeights(d_sums, inputs.states, gradients);
  embedding_.BackwardWeights(d_sums, inputs.embeddings, gradients);
  context_.BackwardWeights(d_sums, inputs.contexts, gradients);
}

}  // namespace talmach
