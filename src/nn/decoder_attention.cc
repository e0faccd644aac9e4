#include "nn/decoder_attention.h"

#include "base/profile.h"

namespace talmach {
namespace {

Linear MakeKey(ParameterSet* parameters, Precision precision, const std::string& name,
               const DecoderAttentionSizes& sizes) {
  const Parameter* weight = parameters->AddMatrix(name + ".key.weight", sizes.attention,
                                                  sizes.annotation, Initializer::kGlorotUniform);
  const Parameter* bias =
      sizes.bias ? parameters->AddVector(name + ".bias", sizes.attention, Initializer::kZero)
                 : nullptr;
  return Linear(parameters, precision, weight, bias);
}

}  // namespace

DecoderAttention::DecoderAttention(ParameterSet* parameters, Precision precision,
                                   const std::string& name, const DecoderAttentionSizes& sizes,
                                   AttentionActivation activation, float temperature)
    : parameters_(parameters),
      scale_(sizes.scale ? parameters->AddVector(name + ".scale", sizes.attention,
                                                 Initializer::kGlorotUniform)
                         : nullptr),
      key_(MakeKey(parameters, precision, name, sizes)),
      activation_(activation),
      temperature_(temperature) {}

AttentionEnergy DecoderAttention::Energy() const {
  return {.activation = activation_,
          .scale = scale_ != nullptr ? parameters_->Value(scale_).data() : nullptr,
          .temperature = temperature_};
}

float* DecoderAttention::ScaleGradient(Gradients& gradients) const {
  return scale_ != nullptr ? gradients.Of(scale_).data() : nullptr;
}

void DecoderAttention::Keys(const Operand& annotations, View keys) const {
  const ProfileScope profile(Zone::kAttention);
  key_.Forward(annotations, /*add=*/false, keys);
}

void DecoderAttention::KeysBackward(const Operand& d_keys, const Operand& annotations,
                                    View d_annotations, Gradients& gradients) const {
  const ProfileScope profile(Zone::kAttention);
  key_.BackwardWeights(d_keys, annotations, gradients);
  key_.BackwardInput(d_keys, /*add=*/true, d_annotations);
}

}  // namespace talmach
