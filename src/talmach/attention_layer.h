// Attention as a layer of its own, forward and backward: every query of a sequence looks at every
// value of another, B sequences at once. The meaning is that of keras.layers.AdditiveAttention and
// keras.layers.Attention of Keras 3, with projections, bias, activation and temperature beside.
//
//   #include <talmach/attention_layer.h>
//
//   talmach::AttentionLayer layer({.query_size = 2, .key_size = 2});
//   const std::vector<float> query = {1, 0};              // [B = 1, Q = 1, 2]
//   const std::vector<float> value = {1, 0, 0, 1, 1, 1};  // [B = 1, V = 3, 2]
//   const talmach::AttentionInputs inputs = {
//       .batch = 1, .queries = 1, .values = 3, .value_size = 2, .query = query, .value = value};
//   const talmach::AttentionOutput output = layer.Forward(inputs);
//   std::cout << output.weights[0] << ' ' << output.output[0] << '\n';
//   const std::vector<float> d_output = {1, 0};
//   const talmach::AttentionGradients gradients = layer.Backward(inputs, d_output);
//   std::cout << gradients.query[0] << ' ' << layer.parameters()[0].gradients[0] << '\n';
//
// With A numbers in the space of the scores:
//
//   q_i = W query_i    k_j = U key_j + b            (without projections W and U are the identity)
//   additive    e_ij = v · φ(q_i + k_j) / τ         Bahdanau et al. 2015, A.1.2
//   dot         e_ij = g q_i · k_j / τ              Luong et al. 2015, section 3.1
//   scaled dot  e_ij = g q_i · k_j / (τ √A)         Vaswani et al. 2017, section 3.2.1
//   general     e_ij = g query_i · (U key_j) / τ    Luong et al. 2015, section 3.1
//   α_i = softmax_j e_ij over the values query i may see      output_i = Σ_j α'_ij value_j
//
// φ is tanh or relu; α' is α, dropped out in training (without renormalising). A query that sees no
// value gets zeros, where Keras gives the mean of the hidden values. All numbers are float32 and
// must be finite; arrays are dense and row-major.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

enum class AttentionScore { kAdditive, kDot, kScaledDot, kGeneral };
enum class AttentionActivation { kTanh, kRelu };

struct AttentionLayerOptions {
  AttentionScore score = AttentionScore::kAdditive;
  std::int64_t query_size = 0;       // of an element of query
  std::int64_t key_size = 0;         // of key; as query_size unless projected or `general`
  std::int64_t projection_size = 0;  // A: rows of W and U; 0: no projections. Not with `general`
  bool bias = false;                 // b, of additive attention
  bool use_scale = true;             // v [A], or g [1], which begins as 1; otherwise all ones
  AttentionActivation activation = AttentionActivation::kTanh;  // φ
  float temperature = 1.0f;                                     // τ > 0
  float dropout = 0.0f;            // of the weights in training: the probability of dropping one
  std::uint64_t dropout_seed = 0;  // with the number of the call it determines what is dropped
  std::uint64_t seed = 1;          // of the initial values (Glorot and Bengio 2010)
};

/// What a call is given: B sequences of Q queries and V values of C numbers.
struct AttentionInputs {
  std::int64_t batch = 0;                         // B
  std::int64_t queries = 0;                       // Q
  std::int64_t values = 0;                        // V
  std::int64_t value_size = 0;                    // C
  std::span<const float> query = {};              // [B, Q, query_size]
  std::span<const float> value = {};              // [B, V, C]
  std::span<const float> key = {};                // [B, V, key_size]; empty: value is the key too
  std::span<const std::uint8_t> query_mask = {};  // [B, Q]; the output of queries with 0 is zero
  std::span<const std::uint8_t> value_mask = {};  // [B, V]; values with 0 are not seen
  bool use_causal_mask = false;                   // query i sees no value j > i
  bool training = false;                          // drops weights out
  std::uint64_t call = 0;                         // numbers the calls of a training
};

struct AttentionOutput {
  std::vector<float> output = {};   // [B, Q, C]
  std::vector<float> weights = {};  // [B, Q, V], α': Keras's attention scores
};

/// Gradients of the inputs, of their shapes; `key` is empty where the input is, and `value` has the
/// gradients of both then.
struct AttentionGradients {
  std::vector<float> query = {};
  std::vector<float> value = {};
  std::vector<float> key = {};
};

/// One thread at a time; layers share nothing. Impossible options and wrong shapes are a
/// std::logic_error.
class AttentionLayer {
 public:
  explicit AttentionLayer(const AttentionLayerOptions& options);
  ~AttentionLayer();
  AttentionLayer(AttentionLayer&& other) noexcept;
  AttentionLayer& operator=(AttentionLayer&& other) noexcept;

  /// One of "query.weight" W [A, query_size], "key.weight" U [A, key_size] ([query_size, key_size]
  /// for `general`), "bias" [A], "scale". Values and gradients may be changed at any time.
  struct Parameter {
    std::string name;
    std::int64_t rows = 1;
    std::int64_t cols = 0;
    std::span<float> values;
    std::span<float> gradients;
  };
  /// Those the options ask for. The memory lives as long as the layer.
  const std::vector<Parameter>& parameters() const;

  AttentionOutput Forward(const AttentionInputs& inputs);

  /// [B, Q, V]: e, before any mask.
  std::vector<float> Energies(const AttentionInputs& inputs);

  /// The gradients of the inputs of the last Forward, which must be the same, from those of its
  /// output [B, Q, C]. Adds to the gradients of the parameters.
  AttentionGradients Backward(const AttentionInputs& inputs, std::span<const float> d_output);

  /// Sets the gradients of the parameters to zero.
  void ClearGradients();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace TALMACH_NAMESPACE
