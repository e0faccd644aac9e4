// Forward and Backward are the three lines of the header and their reverse:
//   summary m → sum W_0 m + b_0 → tanh        d_sum = d_s ∘ (1 − s²) → d_m = W_0ᵀ d_sum → d_h
// A mean hands 1 / S of d_m to each annotation of its sentence; ←h_1 is the second half of the
// sentence's first annotation, and so is its gradient.
#include "nn/initial_state.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "kernels/sequence_rows.h"

namespace talmach {
namespace {

std::optional<Linear> MakeLinear(ParameterSet* parameters, Precision precision,
                                 const std::string& name, const InitialStateOptions& options) {
  if (options.kind == InitialState::kZero) return std::nullopt;
  const bool mean = options.kind == InitialState::kMean;
  const Index inputs = mean ? options.annotation_size : options.annotation_size / 2;
  const Parameter* weight = parameters->AddMatrix(name + ".weight", options.state_size, inputs,
                                                  Initializer::kGlorotUniform);
  const Parameter* bias =
      parameters->AddVector(name + ".bias", options.state_size, Initializer::kZero);
  return Linear(parameters, precision, {.weight = weight, .bias = bias});
}

}  // namespace

InitialStateLayer::InitialStateLayer(ParameterSet* parameters, Precision precision,
                                     const std::string& name, const InitialStateOptions& options)
    : precision_(precision),
      options_(options),
      linear_(MakeLinear(parameters, precision, name, options)) {}

void InitialStateLayer::Pack(const PackOptions& options) {
  if (linear_) linear_->Pack(options);
}

InitialStateActivations InitialStateLayer::Allocate(Arena& arena, Index num_sentences) const {
  InitialStateActivations a;
  if (linear_) {
    a.summary = arena.Allocate<float>({num_sentences, linear_->inputs()});
    a.summary_operand = AllocateOperandFor(arena, precision_, a.summary, num_sentences);
  }
  a.state = arena.Allocate<float>({num_sentences, options_.state_size});
  return a;
}

void InitialStateLayer::Forward(ConstView annotations, const SourceSpans& spans,
                                const InitialStateActivations& activations) const {
  const View state = activations.state;
  if (!linear_) {
    std::ranges::fill(state.span(), 0.0f);
    return;
  }
  const View summary = activations.summary;
  if (options_.kind == InitialState::kMean) {
    MeanOfSpans(annotations, spans, summary);
  } else {
    for (Index i = 0; i < summary.rows(); ++i) {
      const float* annotation = annotations.row(spans.begin[i]);
      std::copy_n(annotation + summary.cols(), summary.cols(), summary.row(i));
    }
  }
  StoreOperand(summary, activations.summary_operand);
  linear_->Forward(activations.summary_operand, /*add=*/false, state);
  Tanh(state, state);
}

void InitialStateLayer::Backward(const SourceSpans& spans,
                                 const InitialStateActivations& activations, View d_state,
                                 Arena& arena, View d_annotations, Gradients& gradients) const {
  if (!linear_) return;
  const View summary = activations.summary;
  const Index rows = d_state.rows();
  const Operand d_sums = AllocateOperand(arena, precision_, rows, d_state.cols()).Rows(0, rows);
  const View d_summary = arena.Allocate<float>({summary.rows(), summary.cols()});
  if (arena.measuring()) return;
  TanhBackward(d_state, activations.state, d_sums);
  linear_->BackwardWeights(d_sums, activations.summary_operand, gradients);
  linear_->BackwardInput(d_sums, /*add=*/false, d_summary);
  if (options_.kind == InitialState::kMean) {
    AddMeanOfSpansBackward(d_summary, spans, d_annotations);
    return;
  }
  for (Index i = 0; i < summary.rows(); ++i) {
    float* annotation = d_annotations.row(spans.begin[i]) + summary.cols();
    for (Index c = 0; c < summary.cols(); ++c) annotation[c] += d_summary(i, c);
  }
}

}  // namespace talmach
