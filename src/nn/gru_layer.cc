// A direction of time is nothing but an order of steps. Sentences are packed by length
// (sequence_packing.h), so the sentences alive at step t are the first step_rows(t) rows:
//
//   forward    steps 0, 1, …, T−1; fewer rows from step to step: h of the first rows goes on
//   backward   steps T−1, …, 1, 0; more rows from step to step: those that begin at step t, whose
//              last token it is, have no state before it and start from zero
//
// RowsWithPrevious says how many rows of a step continue a state. The rest of `fed`, which the
// product reads, is set to zero; the gates take rows without a previous state as h = 0.
//
// The backward pass visits the same steps in the opposite order. d_state of a step arrives from two
// sides: from the layer above, which has filled it before, and from the step after in time, which
// StateBackward adds.
#include "nn/gru_layer.h"

#include <algorithm>

#include "base/stop.h"

namespace talmach {

GruLayer::GruLayer(ParameterSet* parameters, Precision precision, const std::string& name,
                   const GruLayerOptions& options)
    : cell_(parameters, precision, name,
            {.inputs = {options.input_size},
             .hidden = options.hidden_size,
             .layer_norm = options.layer_norm}),
      direction_(options.direction) {}

Index GruLayer::StepAt(Index i, const SequencePacking& packing) const {
  return direction_ == GruDirection::kForward ? i : packing.num_steps() - 1 - i;
}

Index GruLayer::RowsWithPrevious(Index step, const SequencePacking& packing) const {
  const Index before = Before(step);
  if (before < 0) return 0;
  return std::min(packing.step_rows(step), packing.step_rows(before));
}

ConstView GruLayer::Previous(Index step, const SequencePacking& packing, ConstView state) const {
  const Index rows = RowsWithPrevious(step, packing);
  if (rows == 0) return ConstView();
  const Index begin = packing.step_begin(Before(step));
  return state.Rows(begin, begin + rows);
}

GruActivations GruLayer::Allocate(Arena& arena, const SequencePacking& packing, bool keep) const {
  return cell_.Allocate(arena, packing.num_tokens(), packing.num_sequences(), keep);
}

GruGradients GruLayer::AllocateGradients(Arena& arena, const SequencePacking& packing) const {
  return cell_.AllocateGradients(arena, packing.num_tokens(), packing.num_sequences());
}

void GruLayer::Forward(const Operand& x, const SequencePacking& packing,
                       const Dropout& state_dropout, Arena& arena,
                       GruActivations& activations) const {
  if (state_dropout.active()) {
    activations.state_mask = arena.Allocate<float>({packing.num_sequences(), cell_.hidden_size()});
  }
  if (arena.measuring()) return;
  if (state_dropout.active()) FillDropoutMask(state_dropout, activations.state_mask);
  cell_.input(0).Forward(x, /*add=*/false, activations.x_gates);
  for (Index i = 0; i < packing.num_steps(); ++i) {
    StopPoint();
    const Index step = StepAt(i, packing);
    const Index begin = packing.step_begin(step);
    const Index end = begin + packing.step_rows(step);
    const Index continued = RowsWithPrevious(step, packing);
    SetZero(activations.fed.Rows(begin + continued, end));
    cell_.MultiplyState(begin, end, activations);

    const Index after = After(step);
    Operand next_fed;
    if (after >= 0 && after < packing.num_steps()) {
      const Index next_begin = packing.step_begin(after);
      next_fed = activations.fed.Rows(next_begin, next_begin + RowsWithPrevious(after, packing));
    }
    cell_.Gates(begin, end, Previous(step, packing, activations.state), next_fed,
                activations.state_mask, activations);
  }
}

void GruLayer::Backward(const GruLayerBackwardCall& call, Gradients& parameter_gradients) const {
  const SequencePacking& packing = call.packing;
  const GruActivations& activations = call.activations;
  const GruGradients& gradients = call.gradients;
  for (Index i = packing.num_steps() - 1; i >= 0; --i) {
    StopPoint();
    const Index step = StepAt(i, packing);
    const Index begin = packing.step_begin(step);
    const Index end = begin + packing.step_rows(step);
    const ConstView previous = Previous(step, packing, activations.state);
    cell_.GatesBackward(begin, end, previous, activations, gradients, parameter_gradients);
    if (previous.rows() == 0) continue;
    const Index before_begin = packing.step_begin(Before(step));
    cell_.StateBackward(begin, activations, gradients,
                        gradients.d_state.Rows(before_begin, before_begin + previous.rows()));
  }
  cell_.StateWeightsBackward(activations, gradients, parameter_gradients);
  cell_.input(0).BackwardWeights(gradients.d_x_gates, call.x, parameter_gradients);
  cell_.input(0).BackwardInput(gradients.d_x_gates, call.add, call.d_x);
}

}  // namespace talmach
