// Tested by tests/config/config_test.cc.
#include "config/config_template.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "config/config.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

constexpr std::size_t kColumns = 90;

struct Sizes {
  Index vocabulary;
  Index embedding;
  Index hidden;
  Index encoder_layers;
  float dropout;
};

Sizes SizesOf(ConfigSize size) {
  switch (size) {
    case ConfigSize::kSmall:
      return {.vocabulary = 4000,
              .embedding = 192,
              .hidden = 192,
              .encoder_layers = 1,
              .dropout = 0.3f};
    case ConfigSize::kMedium:
      return {.vocabulary = 8000,
              .embedding = 256,
              .hidden = 512,
              .encoder_layers = 1,
              .dropout = 0.2f};
    case ConfigSize::kLarge:
      return {.vocabulary = 16000,
              .embedding = 512,
              .hidden = 768,
              .encoder_layers = 2,
              .dropout = 0.1f};
  }
  return {};
}

Config Proposal(const Sizes& sizes) {
  Config config;
  config.data.train = {{.source = "train.source", .target = "train.target"}};
  config.data.valid_source = "valid.source";
  config.data.valid_target = "valid.target";
  config.tokenizer.vocabulary_size = sizes.vocabulary;
  config.model.embedding_size = sizes.embedding;
  config.model.encoder.layers = sizes.encoder_layers;
  config.model.encoder.hidden_size = sizes.hidden;
  config.model.decoder.hidden_size = sizes.hidden;
  config.model.attention.size = sizes.hidden;
  config.model.dropout.embedding = sizes.dropout;
  config.model.dropout.annotation = sizes.dropout;
  config.model.dropout.readout = sizes.dropout;
  config.training.max_epochs = 50;
  config.training.early_stopping = 6;
  config.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kBleu};
  return config;
}

// What users change first.
std::vector<const void*> ShownFields(const Config& c) {
  return {&c.data.train.front().source, &c.data.train.front().target,
          &c.data.valid_source,         &c.data.valid_target,
          &c.data.max_length,           &c.tokenizer.type,
          &c.tokenizer.vocabulary_size, &c.tokenizer.joint,
          &c.model.embedding_size,      &c.model.encoder.layers,
          &c.model.encoder.hidden_size, &c.model.decoder.type,
          &c.model.decoder.hidden_size, &c.model.attention.size,
          &c.model.dropout.embedding,   &c.model.dropout.annotation,
          &c.model.dropout.readout,     &c.training.precision,
          &c.training.batch_sentences,  &c.training.max_epochs,
          &c.training.early_stopping,   &c.training.learning_rate,
          &c.training.schedule,         &c.training.warmup_updates,
          &c.training.label_smoothing,  &c.training.seed,
          &c.training.save_every,       &c.validation.every,
          &c.validation.metrics,        &c.validation.beam_size,
          &c.logging.display_every};
}

// `text` in lines of at most kColumns, each after `indent` and "# ".
std::string Comment(const std::string& text, const std::string& indent) {
  std::istringstream words(text);
  std::string result;
  std::string line;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent.size() + 3 + line.size() + word.size() > kColumns) {
      result += indent + "# " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + indent + "# " + line + "\n";
}

// Opens the sections of `key` that are not open yet; returns the indent of the key itself.
std::string OpenSections(const std::string& key, std::string* open, std::string* text) {
  std::string indent;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = key.find('.', begin)) != key.npos; begin = dot + 1) {
    const std::string section = key.substr(0, dot + 1);
    if (!open->starts_with(section)) {
      if (begin == 0) *text += "\n";
      *text += indent + key.substr(begin, dot - begin) + ":\n";
      *open = section;
    }
    indent += "  ";
  }
  *open = key.substr(0, begin);
  return indent;
}

}  // namespace

std::string ConfigTemplate(ConfigSize size) {
  const Config config = Proposal(SizesOf(size));
  const std::vector<const void*> shown = ShownFields(config);
  std::string text =
      "# A model of your own. Put the paths of your text below, then\n"
      "#   talmach config check THIS_FILE\n"
      "#   talmach train -c THIS_FILE -m runs/mine\n"
      "# Paths are relative to this file; `talmach config keys` explains all other keys.\n";
  std::string open;
  for (const ConfigKey& key : ConfigKeys()) {
    if (std::ranges::find(shown, key.address(config)) == shown.end()) continue;
    const std::string indent = OpenSections(key.name, &open, &text);
    text += Comment(key.meaning + " (" + key.values + ")", indent);
    text +=
        indent + key.name.substr(key.name.rfind('.') + 1) + ": " + ValueText(key, config) + "\n";
  }
  return text;
}

}  // namespace talmach
