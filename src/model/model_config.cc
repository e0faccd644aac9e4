// Tested by tests/model/seq2seq_model_test.cc.
//
// The configuration travels in the header of the model file as JSON. Reading is strict, because a
// file may be damaged or come from elsewhere: a missing key, a fraction for a whole number or an
// unknown word ends in an error that names the key, never in a default. Validate then checks what
// no single key can tell, such as sizes that tied embeddings force to be equal.
#include "model/model_config.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/error.h"

namespace talmach {

NLOHMANN_JSON_SERIALIZE_ENUM(TiedEmbeddings, {{TiedEmbeddings::kAll, "all"},
                                              {TiedEmbeddings::kDecoder, "decoder"},
                                              {TiedEmbeddings::kNone, "none"}})
NLOHMANN_JSON_SERIALIZE_ENUM(DecoderType, {{DecoderType::kBahdanau, "bahdanau"},
                                           {DecoderType::kConditional, "conditional"}})
NLOHMANN_JSON_SERIALIZE_ENUM(InitialState, {{InitialState::kMean, "mean"},
                                            {InitialState::kFirstBackward, "first_backward"},
                                            {InitialState::kZero, "zero"}})
NLOHMANN_JSON_SERIALIZE_ENUM(AttentionActivation, {{AttentionActivation::kTanh, "tanh"},
                                                   {AttentionActivation::kRelu, "relu"}})
NLOHMANN_JSON_SERIALIZE_ENUM(AttentionScale,
                             {{AttentionScale::kVector, "vector"}, {AttentionScale::kNone, "none"}})
NLOHMANN_JSON_SERIALIZE_ENUM(ReadoutActivation, {{ReadoutActivation::kTanh, "tanh"},
                                                 {ReadoutActivation::kMaxout, "maxout"}})

namespace {

void CheckPositive(Index value, const char* what) {
  if (value > 0) return;
  throw ConfigError({.where = what, .expected = "> 0", .got = std::to_string(value)});
}

void CheckRate(float rate, const char* what) {
  if (rate >= 0.0f && rate < 1.0f) return;
  throw ConfigError(
      {.where = what, .expected = "a probability in [0, 1)", .got = std::to_string(rate)});
}

void CheckSizes(const ModelConfig& config) {
  CheckPositive(config.embedding_size, "embedding size");
  CheckPositive(config.encoder.layers, "encoder layers");
  CheckPositive(config.encoder.hidden_size, "encoder hidden size");
  CheckPositive(config.decoder.hidden_size, "decoder hidden size");
  CheckPositive(config.attention.size, "attention size");
  CheckPositive(config.readout.size, "readout size");
}

void CheckDropout(const DropoutConfig& dropout) {
  CheckRate(dropout.embedding, "dropout embedding");
  CheckRate(dropout.state, "dropout state");
  CheckRate(dropout.annotation, "dropout annotation");
  CheckRate(dropout.readout, "dropout readout");
  CheckRate(dropout.attention, "dropout attention");
  CheckRate(dropout.source_word, "dropout source word");
  CheckRate(dropout.target_word, "dropout target word");
}

// Reads keys of one JSON object and names the key in every complaint.
class Reader {
 public:
  Reader(const nlohmann::json& json, std::string section)
      : json_(json), section_(std::move(section)) {}

  template <typename T>
  void Read(const char* key, T& value) const {
    if (!json_.is_object() || !json_.contains(key)) Complain(key, "missing");
    const nlohmann::json& found = json_.at(key);
    // The library would cut fractions off, and what it makes of 1e300 is undefined.
    constexpr bool kIsWhole = std::is_integral_v<T> && !std::is_same_v<T, bool>;
    if (kIsWhole && !found.is_number_integer()) Complain(key, found.dump());
    try {
      value = found.get<T>();
    } catch (const nlohmann::json::exception&) {
      Complain(key, found.dump());
    }
    // The library reads an unknown word as the first value of an enumeration.
    if (std::is_enum_v<T> && nlohmann::json(value) != found) Complain(key, found.dump());
  }

  Reader Section(const char* key) const {
    if (!json_.is_object() || !json_.contains(key)) Complain(key, "missing");
    return Reader(json_.at(key), section_ + key + ".");
  }

 private:
  [[noreturn]] void Complain(const char* key, const std::string& got) const {
    throw CheckpointError({.where = "model configuration: " + section_ + key,
                           .expected = "a value as in docs/configuration.md",
                           .got = got});
  }

  const nlohmann::json& json_;
  std::string section_;
};

}  // namespace

void Validate(const ModelConfig& config, const VocabularySizes& vocabulary) {
  CheckSizes(config);
  CheckDropout(config.dropout);
  CheckPositive(vocabulary.source, "source vocabulary size");
  CheckPositive(vocabulary.target, "target vocabulary size");
  if (!(config.attention.temperature > 0.0f)) {
    throw ConfigError({.where = "attention temperature",
                       .expected = "> 0",
                       .got = std::to_string(config.attention.temperature)});
  }
  const bool tied = config.tied_embeddings != TiedEmbeddings::kNone;
  if (tied && config.readout.size != config.embedding_size) {
    throw ConfigError({.where = "readout size",
                       .expected = std::to_string(config.embedding_size) +
                                   " (the embedding size, because the output is tied to it)",
                       .got = std::to_string(config.readout.size)});
  }
  if (config.tied_embeddings == TiedEmbeddings::kAll && vocabulary.source != vocabulary.target) {
    throw ConfigError({.where = "tied embeddings",
                       .expected = "one vocabulary for both languages with `all`",
                       .got = std::to_string(vocabulary.source) + " source and " +
                              std::to_string(vocabulary.target) + " target pieces"});
  }
}

nlohmann::json ToJson(const ModelConfig& c) {
  const DropoutConfig& d = c.dropout;
  return {
      {"embedding_size", c.embedding_size},
      {"tied_embeddings", c.tied_embeddings},
      {"encoder",
       {{"layers", c.encoder.layers},
        {"hidden_size", c.encoder.hidden_size},
        {"layer_norm", c.encoder.layer_norm}}},
      {"decoder",
       {{"type", c.decoder.type},
        {"hidden_size", c.decoder.hidden_size},
        {"initial_state", c.decoder.initial_state},
        {"layer_norm", c.decoder.layer_norm}}},
      {"attention",
       {{"size", c.attention.size},
        {"bias", c.attention.bias},
        {"activation", c.attention.activation},
        {"scale", c.attention.scale},
        {"temperature", c.attention.temperature}}},
      {"readout", {{"size", c.readout.size}, {"activation", c.readout.activation}}},
      {"dropout",
       {{"embedding", d.embedding},
        {"state", d.state},
        {"annotation", d.annotation},
        {"readout", d.readout},
        {"attention", d.attention},
        {"source_word", d.source_word},
        {"target_word", d.target_word}}},
  };
}

ModelConfig ModelConfigFromJson(const nlohmann::json& json) {
  ModelConfig config;
  const Reader model(json, "model.");
  model.Read("embedding_size", config.embedding_size);
  model.Read("tied_embeddings", config.tied_embeddings);
  const Reader encoder = model.Section("encoder");
  encoder.Read("layers", config.encoder.layers);
  encoder.Read("hidden_size", config.encoder.hidden_size);
  encoder.Read("layer_norm", config.encoder.layer_norm);
  const Reader decoder = model.Section("decoder");
  decoder.Read("type", config.decoder.type);
  decoder.Read("hidden_size", config.decoder.hidden_size);
  decoder.Read("initial_state", config.decoder.initial_state);
  decoder.Read("layer_norm", config.decoder.layer_norm);
  const Reader attention = model.Section("attention");
  attention.Read("size", config.attention.size);
  attention.Read("bias", config.attention.bias);
  attention.Read("activation", config.attention.activation);
  attention.Read("scale", config.attention.scale);
  attention.Read("temperature", config.attention.temperature);
  const Reader readout = model.Section("readout");
  readout.Read("size", config.readout.size);
  readout.Read("activation", config.readout.activation);
  const Reader dropout = model.Section("dropout");
  dropout.Read("embedding", config.dropout.embedding);
  dropout.Read("state", config.dropout.state);
  dropout.Read("annotation", config.dropout.annotation);
  dropout.Read("readout", config.dropout.readout);
  dropout.Read("attention", config.dropout.attention);
  dropout.Read("source_word", config.dropout.source_word);
  dropout.Read("target_word", config.dropout.target_word);
  return config;
}

std::string ToString(TiedEmbeddings value) { return nlohmann::json(value); }
std::string ToString(DecoderType value) { return nlohmann::json(value); }
std::string ToString(InitialState value) { return nlohmann::json(value); }
std::string ToString(AttentionActivation value) { return nlohmann::json(value); }
std::string ToString(AttentionScale value) { return nlohmann::json(value); }
std::string ToString(ReadoutActivation value) { return nlohmann::json(value); }

}  // namespace talmach
