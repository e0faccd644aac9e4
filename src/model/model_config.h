// The shape of a model: everything that determines which parameters it has and what it computes.
//
// Legend used in all shape comments of nn/ and model/: B sentences · M hypotheses · S source length
// · T target length · N packed tokens · W the longest S, or more · E embedding · H hidden (per
// direction) · A attention · C = 2H context · R readout · V vocabulary.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/types.h"
#include "kernels/attention.h"
#include "nn/initial_state.h"
#include "nn/readout.h"

namespace talmach {

/// Which embeddings are one matrix: `all`: source, target and output; `decoder`: target and
/// output; `none`: three matrices (Press and Wolf 2017).
enum class TiedEmbeddings { kAll, kDecoder, kNone };

/// `bahdanau`: s_i = GRU([E y_{i−1} ; c_i], s_{i−1}) with the query s_{i−1} (Bahdanau et al. 2015).
/// `conditional`: s'_i = GRU₁(E y_{i−1}, s_{i−1}), query s'_i, s_i = GRU₂(c_i, s'_i) (dl4mt).
enum class DecoderType { kBahdanau, kConditional };

enum class AttentionScale { kVector, kNone };

struct EncoderConfig {
  Index layers = 1;
  Index hidden_size = 512;  // H, per direction
  bool layer_norm = false;
};

struct DecoderConfig {
  DecoderType type = DecoderType::kConditional;
  Index hidden_size = 512;
  InitialState initial_state = InitialState::kMean;
  bool layer_norm = false;
};

struct AttentionConfig {
  Index size = 512;  // A
  bool bias = true;
  AttentionActivation activation = AttentionActivation::kTanh;
  AttentionScale scale = AttentionScale::kVector;
  float temperature = 1.0f;
};

struct ReadoutConfig {
  Index size = 256;  // R
  ReadoutActivation activation = ReadoutActivation::kTanh;
};

/// Probabilities of dropping, in training only.
struct DropoutConfig {
  float embedding = 0.0f;    // elements of the embeddings, both sides
  float state = 0.0f;        // elements of recurrent states, one mask per sequence (Gal 2016)
  float annotation = 0.0f;   // elements of what each encoder layer hands on
  float readout = 0.0f;      // elements of t_i
  float attention = 0.0f;    // attention weights α
  float source_word = 0.0f;  // source tokens, replaced by <unk>
  float target_word = 0.0f;  // decoder inputs, replaced by <unk>
};

struct ModelConfig {
  Index embedding_size = 256;  // E
  TiedEmbeddings tied_embeddings = TiedEmbeddings::kAll;
  EncoderConfig encoder;
  DecoderConfig decoder;
  AttentionConfig attention;
  ReadoutConfig readout;
  DropoutConfig dropout;

  Index annotation_size() const { return 2 * encoder.hidden_size; }
};

/// Sizes of the two vocabularies; they are one and the same when embeddings are tied `all`.
struct VocabularySizes {
  Index source = 0;
  Index target = 0;
};

/// Throws ConfigError if sizes are not positive, rates not in [0, 1), the temperature not
/// positive, or tying asks for R = E (or one vocabulary) and does not get it.
void Validate(const ModelConfig& config, const VocabularySizes& vocabulary);

/// The YAML structure of the `model` section as JSON (docs: the `config` metadata of
/// model.safetensors), and back. FromJson throws CheckpointError naming the key.
nlohmann::json ToJson(const ModelConfig& config);
ModelConfig ModelConfigFromJson(const nlohmann::json& json);

/// The words of the configuration language: "conditional", "first_backward", …
std::string ToString(TiedEmbeddings value);
std::string ToString(DecoderType value);
std::string ToString(InitialState value);
std::string ToString(AttentionActivation value);
std::string ToString(AttentionScale value);
std::string ToString(ReadoutActivation value);

}  // namespace talmach
