// The decoder's first state, from a summary m of the source's annotations h_1 … h_S:
//   s_0 = tanh(W_0 m + b_0)
//   m = (1 / S) Σ_j h_j    kMean, as in dl4mt, Nematus and Marian
//   m = ←h_1               kFirstBackward, which has read the whole source (Bahdanau et al. 2015,
//                          A.2.2)
//   s_0 = 0                kZero: no parameters
#pragma once

#include <optional>
#include <string>

#include "kernels/attention.h"
#include "nn/linear.h"

namespace talmach {

enum class InitialState { kMean, kFirstBackward, kZero };

struct InitialStateOptions {
  InitialState kind = InitialState::kMean;
  Index annotation_size = 0;  // C: [→h ; ←h], both of C / 2
  Index state_size = 0;       // H
};

struct InitialStateActivations {
  View summary;             // [B, C or C / 2] m; empty for kZero, as is the next
  Operand summary_operand;  // m as the product reads it
  View state;               // [B, H] s_0
};

/// The layer's contract is that of nn/layer.h. Annotations are [N, C]; those of sentence i are the
/// rows of span i.
class InitialStateLayer {
 public:
  /// Declares `name.weight` [H, C or C / 2] and `name.bias` [H], unless the state is zero.
  InitialStateLayer(ParameterSet* parameters, Precision precision, const std::string& name,
                    const InitialStateOptions& options);

  void Pack(const PackOptions& options);

  InitialStateActivations Allocate(Arena& arena, Index num_sentences) const;

  void Forward(ConstView annotations, const SourceSpans& spans,
               const InitialStateActivations& activations) const;

  /// From d_state [B, H] to the gradients of the parameters; adds those of the annotations to
  /// d_annotations [N, C].
  void Backward(const SourceSpans& spans, const InitialStateActivations& activations, View d_state,
                Arena& arena, View d_annotations, Gradients& gradients) const;

 private:
  Precision precision_;
  InitialStateOptions options_;
  std::optional<Linear> linear_;
};

}  // namespace talmach
