// A gated recurrent unit run over packed sentences, from the first token to the last or from the
// last to the first: one direction of one encoder layer.
//
//   →h_t = GRU(x_t, →h_{t−1})        ←h_t = GRU(x_t, ←h_{t+1})        h before the first token is 0
#pragma once

#include "nn/gru_cell.h"

namespace talmach {

/// From the first token to the last, or from the last to the first.
enum class GruDirection { kForward, kBackward };

struct GruLayerOptions {
  Index input_size = 0;
  Index hidden_size = 0;  // H
  bool layer_norm = false;
  GruDirection direction = GruDirection::kForward;
};

/// What the layer's backward pass reads and writes; names are those of the forward pass.
struct GruLayerBackwardCall {
  const Operand& x;
  const SequencePacking& packing;
  const GruActivations& activations;
  const GruGradients& gradients;  // from d_state [N, H], which is overwritten
  bool add = false;               // to d_x
  View d_x;                       // [N, in]
};

class GruLayer {
 public:
  GruLayer(ParameterSet* parameters, Precision precision, const std::string& name,
           const GruLayerOptions& options);

  void Pack(const PackOptions& options) { cell_.Pack(options); }
  Index input_size() const { return cell_.input(0).inputs(); }

  GruActivations Allocate(Arena& arena, const SequencePacking& packing, bool keep) const;
  GruGradients AllocateGradients(Arena& arena, const SequencePacking& packing) const;

  /// activations.state [N, H] = the states over x [N, in]. `state_dropout` drops the recurrent
  /// state as the products read it, with one mask for all steps of a sentence (Gal and Ghahramani
  /// 2016).
  void Forward(const Operand& x, const SequencePacking& packing, const Dropout& state_dropout,
               Arena& arena, GruActivations& activations) const;

  void Backward(const GruLayerBackwardCall& call, Gradients& parameter_gradients) const;

 private:
  /// The step before (after) `step` in the order of this direction.
  Index Before(Index step) const {
    return direction_ == GruDirection::kForward ? step - 1 : step + 1;
  }
  Index After(Index step) const {
    return direction_ == GruDirection::kForward ? step + 1 : step - 1;
  }
  /// The i-th step that is computed.
  Index StepAt(Index i, const SequencePacking& packing) const;
  /// How many sentences of `step` have a step before it: the others start from zero.
  Index RowsWithPrevious(Index step, const SequencePacking& packing) const;
  ConstView Previous(Index step, const SequencePacking& packing, ConstView state) const;

  GruCell cell_;
  GruDirection direction_;
};

}  // namespace talmach
