// The keys of the decoder's additive attention (Bahdanau et al. 2015, section 3.1 and A.1.2), and
// the parameters of its energies:
//   k_j = U_a h_j + b_a      once per source
//   e_ij = v · φ(W_a q_i + k_j) / τ      α_i = softmax_j e_ij      c_i = Σ_j α_ij h_j
// The query's product W_a q is not here: its weight is stacked below the recurrent weights of the
// cell whose state is the query (see GruCell), and one product computes both. Nor are softmax and
// context: the decoder calls kernels/attention.h with the keys and Energy, a step at a time.
//
// nn/attention_layer.h has the general, stand-alone layer: all queries at once, masks, other
// scores.
#pragma once

#include "kernels/attention.h"
#include "nn/linear.h"

namespace talmach {

struct AttentionKeysOptions {
  Index annotation_size = 0;  // C
  Index size = 0;             // A
  bool bias = true;           // b_a
  bool scale = true;          // v is a parameter; otherwise all ones
  AttentionActivation activation = AttentionActivation::kTanh;  // φ
  float temperature = 1.0f;                                     // τ
};

class AttentionKeys {
 public:
  /// Declares `name.key.weight`, and with bias `name.bias`, with scale `name.scale`.
  AttentionKeys(ParameterSet* parameters, Precision precision, const std::string& name,
                const AttentionKeysOptions& options);

  void Pack(const PackOptions& options) { key_.Pack(options); }
  Index size() const { return key_.outputs(); }

  /// keys [N, A] of annotations [N, C].
  void Forward(const Operand& annotations, View keys) const;

  /// The energies' parameters for AttentionForward and AttentionBackward.
  AttentionEnergy Energy() const;

  /// Where AttentionBackward adds the gradient of v; null without one.
  float* ScaleGradient(Gradients& gradients) const;

  /// From d_keys [N, A] to the gradients of U_a and b_a, and adds U_aᵀ d_keys to d_annotations.
  void Backward(const Operand& d_keys, const Operand& annotations, View d_annotations,
                Gradients& gradients) const;

 private:
  const ParameterSet* parameters_;
  const Parameter* scale_;
  Linear key_;
  AttentionActivation activation_;
  float temperature_;
};

}  // namespace talmach
