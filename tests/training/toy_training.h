// A toy language pair and everything a training run on it needs: each source word has one target
// word, and the target runs backwards.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "support/temporary_directory.h"
#include "text/tokenizer.h"
#include "text/tokenizer_trainer.h"
#include "training/trainer.h"

namespace talmach {

/// Files and tokenizers, made once for all tests of the program.
class ToyCorpus {
 public:
  static const ToyCorpus& Get() {
    static const ToyCorpus corpus;
    return corpus;
  }

  std::string Path(const std::string& name) const { return directory_.Path(name); }
  const std::shared_ptr<const Tokenizer>& tokenizer() const { return tokenizer_; }

 private:
  ToyCorpus() {
    WritePairs("train", 1, 150);
    WritePairs("valid", 2, 12);
    const TokenizerTrainerResult result =
        TrainTokenizer({.inputs = {Path("train.source"), Path("train.target")},
                        .model_prefix = Path("toy"),
                        .vocabulary_size = 45});
    tokenizer_ = Tokenizer::Load(result.model_path);
  }

  void WritePairs(const std::string& name, std::uint64_t key, int num_lines) {
    constexpr const char* kSource[] = {"ba", "be", "bi", "bo", "bu", "da", "de", "di"};
    constexpr const char* kTarget[] = {"ke", "ki", "ko", "ku", "ka", "mo", "mu", "ma"};
    RandomStream random(key);
    std::string source;
    std::string target;
    std::string links;  // between words
    for (int line = 0; line < num_lines; ++line) {
      const auto length = 1 + random.Below(6);
      std::string reversed;
      for (std::uint64_t i = 0; i < length; ++i) {
        const auto word = random.Below(8);
        source += (i > 0 ? " " : "") + std::string(kSource[word]);
        reversed = kTarget[word] + std::string(i > 0 ? " " : "") + reversed;
        links += std::to_string(i) + "-" + std::to_string(length - 1 - i) + " ";
      }
      links += "\n";
      source += "\n";
      target += reversed + "\n";
    }
    directory_.Write(name + ".source", source);
    directory_.Write(name + ".target", target);
    directory_.Write(name + ".links", links);
  }

  TemporaryDirectory directory_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

/// A model of a few thousand parameters with every kind of dropout.
inline ModelConfig ToyModel() {
  ModelConfig config;
  config.embedding_size = 8;
  config.encoder.hidden_size = 7;
  config.decoder.hidden_size = 9;
  config.attention.size = 6;
  config.readout.size = 8;
  config.dropout = {.embedding = 0.1f,
                    .state = 0.1f,
                    .annotation = 0.1f,
                    .readout = 0.1f,
                    .attention = 0.1f,
                    .source_word = 0.05f,
                    .target_word = 0.05f};
  return config;
}

/// A run in `directory` that would go on for ever. Nothing in it depends on the clock.
inline TrainingSetup ToySetup(const std::string& directory) {
  const ToyCorpus& corpus = ToyCorpus::Get();
  TrainingSetup setup;
  setup.model = ToyModel();
  setup.data = {
      .train = {{.source = corpus.Path("train.source"), .target = corpus.Path("train.target")}},
      .valid_source = corpus.Path("valid.source"),
      .valid_target = corpus.Path("valid.target"),
      .max_length = 50,
      .sampling_alpha = 0.3f};
  setup.training.precision = Precision::kFloat32;
  setup.training.batch_sentences = 16;
  setup.training.learning_rate = 5e-3;
  setup.training.warmup_updates = 4;
  setup.training.threads = 1;
  setup.training.save_every = {.count = 5, .unit = Period::Unit::kUpdates};
  setup.validation.every = {.count = 4, .unit = Period::Unit::kUpdates};
  setup.validation.samples = 1;
  setup.logging.display_every = {.count = 3, .unit = Period::Unit::kUpdates};
  setup.source_tokenizer = corpus.tokenizer();
  setup.target_tokenizer = corpus.tokenizer();
  setup.directory = directory;
  return setup;
}

}  // namespace talmach
