// Tested by tests/nn/layers_test.cc.
#include "nn/attention_keys.h"

#include "base/profile.h"

namespace talmach {
namespace {

Linear MakeKey(ParameterSet* parameters, Precision precision, const std::string& name,
               const AttentionKeysOptions& options) {
  const Parameter* weight = parameters->AddMatrix(
      name + ".key.weight", options.size, options.annotation_size, Initializer::kGlorotUniform);
  const Parameter* bias =
      options.bias ? parameters->AddVector(name + ".bias", options.size, Initializer::kZero)
                   : nullptr;
  return Linear(parameters, precision, {.weight = weight, .bias = bias});
}

}  // namespace

AttentionKeys::AttentionKeys(ParameterSet* parameters, Precision precision, const std::string& name,
                             const AttentionKeysOptions& options)
    : parameters_(parameters),
      scale_(options.scale
                 ? parameters->AddVector(name + ".scale", options.size, Initializer::kGlorotUniform)
                 : nullptr),
      key_(MakeKey(parameters, precision, name, options)),
      activation_(options.activation),
      temperature_(options.temperature) {}

AttentionEnergy AttentionKeys::Energy() const {
  return {.activation = activation_,
          .scale = scale_ != nullptr ? parameters_->Value(scale_).data() : nullptr,
          .temperature = temperature_};
}

float* AttentionKeys::ScaleGradient(Gradients& gradients) const {
  return scale_ != nullptr ? gradients.Of(scale_).data() : nullptr;
}

void AttentionKeys::Forward(const Operand& annotations, View keys) const {
  const ProfileScope profile(Zone::kAttention);
  key_.Forward(annotations, /*add=*/false, keys);
}

void AttentionKeys::Backward(const Operand& d_keys, const Operand& annotations, View d_annotations,
                             Gradients& gradients) const {
  const ProfileScope profile(Zone::kAttention);
  key_.BackwardWeights(d_keys, annotations, gradients);
  key_.BackwardInput(d_keys, /*add=*/true, d_annotations);
}

}  // namespace talmach
