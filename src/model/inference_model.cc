#include "model/inference_model.h"

#include <algorithm>

#include "base/random.h"
#include "kernels/softmax.h"
#include "model/model_layers.h"

namespace talmach {
namespace {

/// A key for each source that no other source has.
std::vector<std::uint64_t> PermutationKeys(const AttentionIntervention& intervention,
                                           std::span<const std::vector<TokenId>> sources) {
  std::vector<std::uint64_t> keys;
  if (intervention.change != AttentionChange::kPermuted) return keys;
  for (const std::vector<TokenId>& source : sources) {
    keys.push_back(intervention.seed);
    for (const TokenId token : source) {
      keys.back() = DeriveKey(keys.back(), static_cast<std::uint64_t>(token));
    }
  }
  return keys;
}

}  // namespace

InferenceModel::InferenceModel(std::shared_ptr<const Seq2SeqModel> model)
    : model_(std::move(model)) {}

EncodedSources InferenceModel::Encode(std::span<const std::vector<TokenId>> sources, Arena& arena,
                                      const AttentionIntervention& intervention) const {
  const ModelLayers& layers = model_->layers();
  arena.Reset();
  std::vector<const std::vector<TokenId>*> pointers;
  for (const std::vector<TokenId>& source : sources) pointers.push_back(&source);
  const PackedSources packed = PackSources(pointers);
  const Index num_tokens = packed.packing.num_tokens();

  EncoderActivations encoder = layers.encoder.Allocate(arena, packed.packing, /*keep=*/false);
  encoder.embedding.tokens = packed.tokens;
  layers.encoder.Forward(packed, DropoutKeys(), arena, encoder);
  const View annotations = encoder.annotations();
  const View keys = arena.AllocateRows(num_tokens, layers.decoder.attention_size());
  layers.decoder.Keys(encoder.annotation_operand(), keys);

  EncodedSources result;
  result.annotations_ = Tensor<float>({num_tokens, annotations.cols()});
  result.keys_ = Tensor<float>({num_tokens, keys.cols()});
  std::copy_n(annotations.data(), result.annotations_.size(), result.annotations_.data());
  std::copy_n(keys.data(), result.keys_.size(), result.keys_.data());
  result.begins_ = packed.begins;
  result.lengths_ = packed.lengths;
  result.longest_ = std::ranges::max(packed.lengths);
  result.attention_change_ = intervention.change;
  result.permutation_keys_ = PermutationKeys(intervention, sources);
  result.initial_states_ = Tensor<float>({result.num_sources(), state_size()});
  const AttendedSource source{.annotations = annotations,
                              .annotation_operand = encoder.annotation_operand(),
                              .keys = keys,
                              .spans = packed.spans()};
  layers.decoder.InitialStates(source, arena, result.initial_states_.view());
  return result;
}

void InferenceModel::Step(const EncodedSources& sources, std::span<const Index> source_of,
                          std::span<const TokenId> last_token, ConstView states, View next_states,
                          View log_probabilities, View attention, Arena& arena) const {
  const ModelLayers& layers = model_->layers();
  arena.Reset();
  const Index rows = states.rows();
  std::vector<Index> begins, lengths;
  for (const Index source : source_of) {
    begins.push_back(sources.begins_[source]);
    lengths.push_back(sources.lengths_[source]);
  }
  std::vector<std::uint64_t> permutations;
  if (sources.attention_change_ == AttentionChange::kPermuted) {
    for (Index i = 0; i < rows; ++i) {
      permutations.push_back(DeriveKey(sources.permutation_keys_[source_of[i]],
                                       static_cast<std::uint64_t>(last_token[i])));
    }
  }
  const AttendedSource source{.annotations = sources.annotations_.view(),
                              .annotation_operand = Operand(),
                              .keys = sources.keys_.view(),
                              .spans = {begins, lengths},
                              .intervention = {sources.attention_change_, permutations}};
  const DecoderActivations a = layers.decoder.Step(source, last_token, states, attention, arena);
  std::copy_n(a.cell.state.data(), next_states.size(), next_states.data());

  const ReadoutInputs inputs{a.state_operand.Rows(0, rows), a.embedding.operand.Rows(0, rows),
                             a.context_operand.Rows(0, rows)};
  const ReadoutActivations readout = layers.decoder.readout().Allocate(arena, rows).Rows(0, rows);
  layers.decoder.readout().Forward(inputs, readout);
  layers.output.Logits(readout.operand, log_probabilities);
  LogSoftmax(log_probabilities, log_probabilities);
}

}  // namespace talmach
