// Attention as a layer of its own: every query of a sequence looks at every value of another, B
// sequences at once. It offers what keras.layers.AdditiveAttention and keras.layers.Attention of
// Keras 3 offer, with the same meaning, plus projections, a bias, a choice of activation, and a
// temperature.
//
//   q_i = W query_i    k_j = U key_j + b            (without projections W and U are the identity)
//   additive    e_ij = v · φ(q_i + k_j) / τ         Bahdanau et al. 2015, A.1.2
//   dot         e_ij = g q_i · k_j / τ              Luong et al. 2015, section 3.1
//   scaled dot  e_ij = g q_i · k_j / (τ √A)         Vaswani et al. 2017, section 3.2.1
//   general     e_ij = g query_i · (U key_j) / τ    Luong et al. 2015, section 3.1
//   α_i = softmax_j e_ij over the values query i may see      output_i = Σ_j α'_ij value_j
// where φ is tanh or relu and α' is α, dropped out in training (without renormalising).
//
// Where Keras and this layer differ: a query that sees no value gets zeros, where Keras gives the
// mean of the hidden values; and with dropout one mask belongs to each (seed, call), where Keras
// keeps a generator.
//
// All numbers are float32. This layer is public: it is for programs that use Talmach as a library
// (docs/attention.md, examples/attention_lab), and the translation model never calls it. The
// model's decoder has an attention of its own, fused and step by step: nn/attention_keys.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernels/pairwise_attention.h"
#include "nn/linear.h"

namespace talmach {

enum class AttentionScore { kAdditive, kDot, kScaledDot, kGeneral };

struct AttentionOptions {
  AttentionScore score = AttentionScore::kAdditive;
  Index query_size = 0;       // of an element of query
  Index key_size = 0;         // of key; as query_size unless projected or `general`
  Index projection_size = 0;  // A: rows of W and U; 0: no projections. Not with `general`
  bool bias = false;          // b, of additive attention
  bool use_scale = true;      // v [A], or g [1], which begins as 1; otherwise all ones
  AttentionActivation activation = AttentionActivation::kTanh;  // φ
  float temperature = 1.0f;                                     // τ > 0
  float dropout = 0.0f;    // of the weights in training: the probability of dropping one
  std::uint64_t seed = 0;  // of dropout
};

/// Sizes of a call: B sequences of Q queries and V values of C numbers.
struct AttentionDims {
  Index batch = 0;
  Index queries = 0;
  Index values = 0;
  Index value_size = 0;
};

/// The inputs of a call; nothing is written to them. All numbers must be finite, those of hidden
/// values too.
struct AttentionInputs {
  View query;                    // [B, Q, query_size]
  View value;                    // [B, V, C]
  View key = {};                 // [B, V, key_size]; empty: value is the key too
  MaskView query_mask = {};      // [B, Q]; the output of queries with 0 is zero
  MaskView value_mask = {};      // [B, V]; values with 0 are not seen
  bool use_causal_mask = false;  // query i sees no value j > i
  bool training = false;         // drops weights out
  std::uint64_t call = 0;        // numbers the dropout masks of a seed: the update, for example
};

/// The results of a call. Keras's `return_attention_scores` are `dropped_weights`.
struct AttentionActivations {
  View projected_query;  // [B, Q, A] W query; empty without projections
  View projected_key;    // [B, V, A] U key + b; empty if key is compared as it is
  View weights;          // [B, Q, V] α
  View dropped_weights;  // [B, Q, V] α'; the memory of `weights` for a layer without dropout
  View output;           // [B, Q, C]
};

/// Gradients of the inputs, of the same shapes; overwritten. `key` is empty if the input is: then
/// `value` gets both gradients.
struct AttentionInputGradients {
  View query;
  View value;
  View key = {};
};

/// The layer's contract is that of nn/layer.h. Wrong shapes and options are a std::logic_error.
class SequenceAttention {
 public:
  /// Declares, as the options ask, `name.query.weight` W [A, query_size], `name.key.weight` U
  /// [A, key_size] ([query_size, key_size] for `general`), `name.bias` [A], `name.scale`.
  SequenceAttention(ParameterSet* parameters, const std::string& name,
                    const AttentionOptions& options);

  const AttentionOptions& options() const { return options_; }
  /// A: the width of what is compared.
  Index size() const;

  void Pack(const PackOptions& options);

  AttentionActivations Allocate(Arena& arena, const AttentionDims& dims) const;

  void Forward(const AttentionInputs& inputs, const AttentionActivations& activations) const;

  /// energies [B, Q, V] = e, before any mask, from the results of Forward.
  void Energies(const AttentionInputs& inputs, const AttentionActivations& activations,
                View energies) const;

  /// From d_output [B, Q, C] to the gradients of inputs and parameters. `inputs` are those of
  /// Forward.
  void Backward(const AttentionInputs& inputs, const AttentionActivations& activations,
                ConstView d_output, Arena& arena, const AttentionInputGradients& d_inputs,
                Gradients& gradients) const;

 private:
  void RequireShapes(const AttentionInputs& inputs, const AttentionActivations& activations) const;
  bool additive() const { return options_.score == AttentionScore::kAdditive; }
  Dropout DropoutOf(const AttentionInputs& inputs) const;

  void ProjectKey(View key, View projected_key) const;
  void ProjectKeyBackward(View d_projected_key, View key, View d_key, Gradients& gradients) const;

  AttentionEnergy AdditiveEnergy() const;
  /// 1 / τ or 1 / (τ √A): the factor of products, besides g.
  float ProductFactor() const;
  /// Gradients of what is compared, overwritten: of ComparedQuery and of ComparedKey.
  struct ComparedGradients {
    View query;
    View key;
  };
  /// Writes over d_energies.
  void EnergiesBackward(const AttentionInputs& inputs, const AttentionActivations& activations,
                        View d_energies, const ComparedGradients& d_compared,
                        Gradients& gradients) const;

  AttentionOptions options_;
  const ParameterSet* parameters_;
  std::optional<Linear> query_;
  std::optional<Linear> key_;
  const Parameter* bias_ = nullptr;
  const Parameter* scale_ = nullptr;
};

/// The layer of Bahdanau et al. under its usual name: options.score is kAdditive.
class AdditiveAttention : public SequenceAttention {
 public:
  AdditiveAttention(ParameterSet* parameters, const std::string& name,
                    const AttentionOptions& options)
      : SequenceAttention(parameters, name, options) {
    Require(options.score == AttentionScore::kAdditive, "additive attention has additive scores");
  }
};

}  // namespace talmach
