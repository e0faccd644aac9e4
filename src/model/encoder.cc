// Tested by tests/model/gradient_test.cc and tests/model/pytorch_fixture_test.cc.
//
// Each layer runs two GRUs over the packed tokens and joins their states to [→h; ←h], which the
// next layer reads. Only the top layer's result leaves the packed order: annotations lie sentence
// by sentence, because that is how attention reads them, and joining moves the rows anyway.
//
// Backward, the joined gradient is split into both directions. The forward direction overwrites the
// gradient of the layer's input and the backward direction adds to it (`add`). The gradients of a
// layer live in a scope of the arena: memory for one layer serves all of them.
#include "model/encoder.h"

#include <numeric>

#include "base/profile.h"
#include "kernels/sequence_rows.h"

namespace talmach {
namespace {

// Where the joined states of each packed token go: lower layers keep the packed order, the top
// layer lays the annotations out sentence by sentence.
std::vector<Index> PackedOrder(const PackedSources& sources) {
  std::vector<Index> rows(sources.tokens.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

}  // namespace

Encoder::Encoder(ParameterSet* parameters, Precision precision, const ModelConfig& config,
                 const Parameter* embedding)
    : precision_(precision),
      config_(config.encoder),
      dropout_(config.dropout),
      embedding_(parameters, precision, embedding) {
  for (Index layer = 0; layer < config_.layers; ++layer) {
    const std::string name = "encoder.layers." + std::to_string(layer);
    const Index inputs = layer == 0 ? config.embedding_size : config.annotation_size();
    const auto make = [&](const char* direction_name, GruDirection direction) {
      return GruLayer(parameters, precision, name + direction_name,
                      {.input_size = inputs,
                       .hidden_size = config_.hidden_size,
                       .layer_norm = config_.layer_norm,
                       .direction = direction});
    };
    layers_.push_back(
        {make(".forward", GruDirection::kForward), make(".backward", GruDirection::kBackward)});
  }
}

void Encoder::Pack(const PackOptions& options) {
  for (Layer& layer : layers_) {
    layer.forward.Pack(options);
    layer.backward.Pack(options);
  }
}

EncoderActivations Encoder::Allocate(Arena& arena, const SequencePacking& packing,
                                     bool keep) const {
  EncoderActivations activations;
  activations.embedding = embedding_.Allocate(arena, packing.num_tokens());
  for (const Layer& layer : layers_) {
    EncoderActivations::Layer& a = activations.layers.emplace_back();
    a.forward = layer.forward.Allocate(arena, packing, keep);
    a.backward = layer.backward.Allocate(arena, packing, keep);
    a.joined = arena.AllocateRows(packing.num_tokens(), 2 * config_.hidden_size);
    a.operand = AllocateOperandFor(arena, precision_, a.joined, packing.num_tokens());
  }
  return activations;
}

void Encoder::Forward(const PackedSources& sources, const DropoutKeys& keys, Arena& arena,
                      EncoderActivations& activations) const {
  const ProfileScope profile(Zone::kEncoder);
  activations.embedding.dropout = keys.At(kSourceEmbeddingDropout, dropout_.embedding);
  if (!arena.measuring()) embedding_.Forward(activations.embedding);
  const std::vector<Index> packed_order = PackedOrder(sources);
  Operand input = activations.embedding.operand;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    EncoderActivations::Layer& a = activations.layers[l];
    layers_[l].forward.Forward(input, sources.packing,
                               keys.At(EncoderPurpose(l, kForwardStateDropout), dropout_.state),
                               arena, a.forward);
    layers_[l].backward.Forward(input, sources.packing,
                                keys.At(EncoderPurpose(l, kBackwardStateDropout), dropout_.state),
                                arena, a.backward);
    a.dropout = keys.At(EncoderPurpose(l, kAnnotationDropout), dropout_.annotation);
    input = a.operand;
    if (arena.measuring()) continue;
    const bool top = l + 1 == layers_.size();
    ConcatenateRows(a.forward.state, a.backward.state, top ? sources.annotation_row : packed_order,
                    a.joined);
    if (a.dropout.active()) ApplyDropout(a.dropout, a.joined, Operand(a.joined));
    StoreOperand(a.joined, a.operand);
  }
}

View Encoder::Backward(const PackedSources& sources, const EncoderActivations& activations,
                       View d_annotations, Arena& arena, Gradients& gradients) const {
  const ProfileScope profile(Zone::kEncoder);
  const std::vector<Index> packed_order = PackedOrder(sources);
  const SequencePacking& packing = sources.packing;
  View d_joined = d_annotations;
  for (Index l = config_.layers - 1; l >= 0; --l) {
    const EncoderActivations::Layer& a = activations.layers[l];
    const Operand& input =
        l == 0 ? activations.embedding.operand : activations.layers[l - 1].operand;
    const View d_input = arena.AllocateRows(packing.num_tokens(), input.cols());
    const Arena::Scope scope(arena);
    const GruGradients d_forward = layers_[l].forward.AllocateGradients(arena, packing);
    const GruGradients d_backward = layers_[l].backward.AllocateGradients(arena, packing);
    if (arena.measuring()) continue;
    if (a.dropout.active()) ApplyDropout(a.dropout, d_joined, Operand(d_joined));
    const bool top = l + 1 == config_.layers;
    SplitRows(d_joined, top ? sources.annotation_row : packed_order, d_forward.d_state,
              d_backward.d_state);
    layers_[l].forward.Backward({.x = input,
                                 .packing = packing,
                                 .activations = a.forward,
                                 .gradients = d_forward,
                                 .d_x = d_input},
                                gradients);
    layers_[l].backward.Backward({.x = input,
                                  .packing = packing,
                                  .activations = a.backward,
                                  .gradients = d_backward,
                                  .add = true,
                                  .d_x = d_input},
                                 gradients);
    d_joined = d_input;
  }
  if (!arena.measuring()) embedding_.Backward(d_joined, activations.embedding, gradients);
  return d_joined;
}

}  // namespace talmach
