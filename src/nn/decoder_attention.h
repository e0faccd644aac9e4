// The decoder's additive attention (Bahdanau et al. 2015, section 3.1 and A.1.2):
//   k_j = U_a h_j + b_a      once per source
//   e_ij = v · φ(W_a q_i + k_j) / τ      α_i = softmax_j e_ij      c_i = Σ_j α_ij h_j
// The query's product W_a q is not here: its weight is stacked below the recurrent weights of the
// cell whose state is the query (see GruCell), and one product computes both. Nor are softmax and
// context: the decoder calls kernels/attention.h with Keys and Energy, a step at a time.
//
// nn/attention.h has the general layer, which stands for itself: all queries at once, masks, other
// scores.
#pragma once

#include "kernels/attention.h"
#include "nn/linear.h"

namespace talmach {

struct DecoderAttentionSizes {
  Index annotation = 0;  // C
  Index attention = 0;   // A
  bool bias = true;
  bool scale = true;  // v is a parameter; otherwise all ones
};

class DecoderAttention {
 public:
  /// Declares `name.key.weight`, and with bias `name.bias`, with scale `name.scale`.
  DecoderAttention(ParameterSet* parameters, Precision precision, const std::string& name,
                   const DecoderAttentionSizes& sizes, AttentionActivation activation,
                   float temperature);

  void Pack(const Packing& packing) { key_.Pack(packing); }
  Index size() const { return key_.outputs(); }

  /// keys [N, A] of annotations [N, C].
  void Keys(const Operand& annotations, View keys) const;

  /// The energies' parameters for AttentionForward and AttentionBackward.
  AttentionEnergy Energy() const;

  /// Where AttentionBackward adds the gradient of v; null without one.
  float* ScaleGradient(Gradients& gradients) const;

  /// From d_keys [N, A] to the gradients of U_a and b_a, and adds U_aᵀ d_keys to d_annotations.
  void KeysBackward(const Operand& d_keys, const Operand& annotations, View d_annotations,
                    Gradients& gradients) const;

 private:
  const ParameterSet* parameters_;
  const Parameter* scale_;
  Linear key_;
  AttentionActivation activation_;
  float temperature_;
};

}  // namespace talmach
