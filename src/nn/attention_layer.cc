// The layer is a sequence of kernels over whole tensors, each with its reverse below:
//
//   projected_query = W query, projected_key = U key + b       Linear
//   weights = energies(query, key)                             AdditiveEnergies or PairwiseProducts
//   weights = softmax over the visible values                  MaskedSoftmax
//   dropped_weights = weights ∘ mask                           ApplyDropout
//   output = dropped_weights · value                           WeightedSums
//   rows of hidden queries = 0                                 HideRows
//
// Backward goes up this list. A value that is also the key gets two gradients: as a value it is
// overwritten first, as a key it is added to afterwards. Dropout's mask is not stored; the same key
// gives it again.
#include "nn/attention_layer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/random.h"
#include "kernels/rows.h"

namespace talmach {
namespace {

void RequireOptions(const AttentionOptions& options) {
  const bool general = options.score == AttentionScore::kGeneral;
  Require(options.query_size > 0 && options.key_size > 0, "attention needs queries and keys");
  Require(options.projection_size >= 0 && !(general && options.projection_size > 0),
          "general attention has a matrix of its own instead of projections");
  Require(general || options.projection_size > 0 || options.query_size == options.key_size,
          "queries and keys of different sizes need projections");
  Require(!options.bias || options.score == AttentionScore::kAdditive,
          "only additive attention has a bias");
  Require(options.temperature > 0.0f, "temperatures are positive");
  Require(options.dropout >= 0.0f && options.dropout < 1.0f, "dropout rates are in [0, 1)");
}

void Scale(float factor, View x) {
  for (float& value : x.span()) value *= factor;
}

void AddTo(ConstView x, View y) {
  for (Index i = 0; i < x.size(); ++i) y[i] += x[i];
}

// Rows whose byte in the mask is 0 become zero.
void HideRows(MaskView mask, View x) {
  for (Index r = 0; r < mask.size(); ++r) {
    if (mask[r] == 0) std::fill_n(x.row(r), x.cols(), 0.0f);
  }
}

// The values are their own keys where no others are given.
View KeyOf(const AttentionInputs& inputs) {
  return inputs.key.rank() > 0 ? inputs.key : inputs.value;
}

// What the energies compare: the projections, or what was given.
ConstView ComparedQuery(const AttentionInputs& inputs, const AttentionActivations& activations) {
  return activations.projected_query.rank() > 0 ? activations.projected_query : inputs.query;
}
ConstView ComparedKey(const AttentionInputs& inputs, const AttentionActivations& activations) {
  return activations.projected_key.rank() > 0 ? activations.projected_key : KeyOf(inputs);
}

template <typename T>
bool HasShape(const TensorView<T>& view, std::initializer_list<Index> dims) {
  return SameShape(view, TensorView<const T>(nullptr, dims));
}

}  // namespace

SequenceAttention::SequenceAttention(ParameterSet* parameters, const std::string& name,
                                     const AttentionOptions& options)
    : options_(options), parameters_(parameters) {
  RequireOptions(options);
  const auto matrix = [&](const std::string& part, Index inputs) {
    return parameters->AddMatrix(name + part, size(), inputs, Initializer::kGlorotUniform);
  };
  const bool projected = options.projection_size > 0;
  const Parameter* query = projected ? matrix(".query.weight", options.query_size) : nullptr;
  const Parameter* key = projected || options.score == AttentionScore::kGeneral
                             ? matrix(".key.weight", options.key_size)
                             : nullptr;
  if (options.bias) bias_ = parameters->AddVector(name + ".bias", size(), Initializer::kZero);
  if (options.use_scale) {
    scale_ = additive()
                 ? parameters->AddVector(name + ".scale", size(), Initializer::kGlorotUniform)
                 : parameters->AddVector(name + ".scale", 1, Initializer::kOne);
  }
  if (query != nullptr) {
    query_.emplace(parameters, Precision::kFloat32, LinearParameters{.weight = query});
  }
  if (key != nullptr) {
    key_.emplace(parameters, Precision::kFloat32, LinearParameters{.weight = key, .bias = bias_});
  }
}

Index SequenceAttention::size() const {
  return options_.projection_size > 0 ? options_.projection_size : options_.query_size;
}

void SequenceAttention::Pack(const PackOptions& options) {
  if (query_) query_->Pack(options);
  if (key_) key_->Pack(options);
}

AttentionActivations SequenceAttention::Allocate(Arena& arena, const AttentionDims& dims) const {
  const auto allocate = [&](Index rows, Index cols) {
    return arena.Allocate<float>({dims.batch, rows, cols});
  };
  AttentionActivations activations;
  if (query_) activations.projected_query = allocate(dims.queries, size());
  if (key_ || bias_ != nullptr) activations.projected_key = allocate(dims.values, size());
  activations.weights = allocate(dims.queries, dims.values);
  activations.dropped_weights =
      options_.dropout > 0.0f ? allocate(dims.queries, dims.values) : activations.weights;
  activations.output = allocate(dims.queries, dims.value_size);
  return activations;
}

void SequenceAttention::RequireShapes(const AttentionInputs& inputs,
                                      const AttentionActivations& activations) const {
  const View& query = inputs.query;
  const View& value = inputs.value;
  const View key = KeyOf(inputs);
  Require(query.rank() == 3 && query.dim(2) == options_.query_size,
          "queries of [B, Q, query_size]");
  Require(value.rank() == 3 && value.dim(0) == query.dim(0), "values of [B, V, C]");
  Require(HasShape(key, {value.dim(0), value.dim(1), options_.key_size}),
          "keys of [B, V, key_size]");
  const MaskView& query_mask = inputs.query_mask;
  Require(query_mask.empty() || HasShape(query_mask, {query.dim(0), query.dim(1)}),
          "a query mask of [B, Q]");
  Require(HasShape(activations.weights, {query.dim(0), query.dim(1), value.dim(1)}) &&
              HasShape(activations.output, {query.dim(0), query.dim(1), value.dim(2)}),
          "activations allocated for these inputs");
}

Dropout SequenceAttention::DropoutOf(const AttentionInputs& inputs) const {
  return {.key = DeriveKey(options_.seed, inputs.call),
          .rate = inputs.training ? options_.dropout : 0.0f};
}

void SequenceAttention::Forward(const AttentionInputs& inputs,
                                const AttentionActivations& activations) const {
  RequireShapes(inputs, activations);
  if (query_) {
    query_->Forward(Operand(inputs.query), /*add=*/false, activations.projected_query);
  }
  ProjectKey(KeyOf(inputs), activations.projected_key);
  Energies(inputs, activations, activations.weights);
  MaskedSoftmax(inputs.value_mask, inputs.use_causal_mask, activations.weights);
  ApplyDropout(DropoutOf(inputs), activations.weights, Operand(activations.dropped_weights));
  WeightedSums(activations.dropped_weights, inputs.value, activations.output);
  HideRows(inputs.query_mask, activations.output);
}

// The equations of the header in reverse. With d_c the gradient of the outputs that are not hidden:
//   d_α'_ij = d_c_i · value_j      d_value_j = Σ_i α'_ij d_c_i
void SequenceAttention::Backward(const AttentionInputs& inputs,
                                 const AttentionActivations& activations, ConstView d_output,
                                 Arena& arena, const AttentionInputGradients& d_inputs,
                                 Gradients& gradients) const {
  RequireShapes(inputs, activations);
  Require(SameShape(d_output, activations.output), "a gradient as the output");
  Require(SameShape(d_inputs.query, inputs.query) && SameShape(d_inputs.value, inputs.value) &&
              SameShape(d_inputs.key, inputs.key),
          "gradients as the inputs");
  const Index batch = inputs.query.dim(0);
  const Index num_queries = inputs.query.dim(1);
  const Index num_values = inputs.value.dim(1);
  const bool value_is_key = inputs.key.rank() == 0;

  const View d_context = arena.Allocate<float>({batch, num_queries, inputs.value.dim(2)});
  std::ranges::copy(d_output.span(), d_context.data());
  HideRows(inputs.query_mask, d_context);
  const View d_energies = arena.Allocate<float>({batch, num_queries, num_values});
  PairwiseProducts(d_context, inputs.value, d_energies);
  ApplyDropout(DropoutOf(inputs), d_energies, Operand(d_energies));
  MaskedSoftmaxBackward(activations.weights, d_energies);
  TransposedWeightedSums(activations.dropped_weights, d_context, d_inputs.value);

  const View d_query =
      query_ ? arena.Allocate<float>({batch, num_queries, size()}) : d_inputs.query;
  const View d_projected_key = arena.Allocate<float>({batch, num_values, size()});
  EnergiesBackward(inputs, activations, d_energies, {.query = d_query, .key = d_projected_key},
                   gradients);
  if (query_) {
    query_->BackwardInput(Operand(d_query), /*add=*/false, d_inputs.query);
    query_->BackwardWeights(Operand(d_query), Operand(inputs.query), gradients);
  }
  if (!value_is_key) std::ranges::fill(d_inputs.key.span(), 0.0f);
  ProjectKeyBackward(d_projected_key, KeyOf(inputs), value_is_key ? d_inputs.value : d_inputs.key,
                     gradients);
}

void SequenceAttention::ProjectKey(View key, View projected_key) const {
  if (key_) {
    key_->Forward(Operand(key), /*add=*/false, projected_key);
  } else if (bias_ != nullptr) {
    const float* bias = parameters_->Value(bias_).data();
    for (Index r = 0; r < key.rows(); ++r) {
      std::transform(key.row(r), key.row(r) + size(), bias, projected_key.row(r), std::plus<>());
    }
  }
}

// Adds to d_key.
void SequenceAttention::ProjectKeyBackward(View d_projected_key, View key, View d_key,
                                           Gradients& gradients) const {
  if (key_) {
    key_->BackwardInput(Operand(d_projected_key), /*add=*/true, d_key);
    key_->BackwardWeights(Operand(d_projected_key), Operand(key), gradients);
    return;
  }
  AddTo(d_projected_key, d_key);
  if (bias_ != nullptr) {
    AccumulateColumnSums(Operand(d_projected_key), size(), gradients.Of(bias_).data());
  }
}

AttentionEnergy SequenceAttention::AdditiveEnergy() const {
  return {.activation = options_.activation,
          .scale = scale_ != nullptr ? parameters_->Value(scale_).data() : nullptr,
          .temperature = options_.temperature};
}

float SequenceAttention::ProductFactor() const {
  const float root =
      options_.score == AttentionScore::kScaledDot ? std::sqrt(static_cast<float>(size())) : 1.0f;
  return 1.0f / (options_.temperature * root);
}

void SequenceAttention::Energies(const AttentionInputs& inputs,
                                 const AttentionActivations& activations, View energies) const {
  const ConstView query = ComparedQuery(inputs, activations);
  const ConstView key = ComparedKey(inputs, activations);
  if (additive()) {
    return AdditiveEnergies(
        {.query = query, .keys = key, .energy = AdditiveEnergy(), .energies = energies});
  }
  PairwiseProducts(query, key, energies);
  Scale(ProductFactor() * (scale_ != nullptr ? parameters_->Value(scale_)[0] : 1.0f), energies);
}

// Of products, e_ij = g f q_i · k_j with the constant f of ProductFactor:
//   d_g = f Σ_i q_i · Σ_j d_e_ij k_j    d_q_i = g f Σ_j d_e_ij k_j    d_k_j = g f Σ_i d_e_ij q_i
void SequenceAttention::EnergiesBackward(const AttentionInputs& inputs,
                                         const AttentionActivations& activations, View d_energies,
                                         const ComparedGradients& d_compared,
                                         Gradients& gradients) const {
  const ConstView query = ComparedQuery(inputs, activations);
  const ConstView key = ComparedKey(inputs, activations);
  const View d_query = d_compared.query;
  const View d_key = d_compared.key;
  float* d_scale = scale_ != nullptr ? gradients.Of(scale_).data() : nullptr;
  if (additive()) {
    AdditiveEnergiesBackward({.d_energies = d_energies,
                              .query = query,
                              .keys = key,
                              .energy = AdditiveEnergy(),
                              .d_query = d_query,
                              .d_keys = d_key,
                              .d_scale = d_scale});
    return;
  }
  Scale(ProductFactor(), d_energies);
  WeightedSums(d_energies, key, d_query);
  TransposedWeightedSums(d_energies, query, d_key);
  if (scale_ == nullptr) return;
  *d_scale += std::inner_product(query.data(), query.data() + query.size(), d_query.data(), 0.0f);
  const float g = parameters_->Value(scale_)[0];
  Scale(g, d_query);
  Scale(g, d_key);
}

}  // namespace talmach
