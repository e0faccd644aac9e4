// The configuration of a run: the YAML file as option structs.
//
// Every key is declared once, in the *_keys.cc, with its field, range and meaning; reading,
// checking, `config show` and docs/configuration.md all follow from that table. Later files and
// then `--set key=value` override earlier ones. All mistakes of all files are reported together:
//   configs/x.yaml:12: training.batch_tokens: expected > 0, got -5
//   configs/x.yaml:14: training.batch_token: unknown key; did you mean batch_tokens?
#pragma once

#include <string>
#include <vector>

#include "config/training_options.h"
#include "model/model_config.h"
#include "search/unknown_words.h"
#include "text/tokenizer_trainer.h"

namespace talmach {

/// Section `tokenizer`, but for sampling_alpha (see TrainingDataOptions). Of the trainer's options
/// the files and the seed stay as they are: the run has its own.
struct TokenizerConfig : TokenizerTrainerOptions {
  bool joint = true;         // one model for both languages
  std::string source_model;  // SentencePiece models, or lists of pieces, to use
  std::string target_model;
  std::string source_pieces;  // pieces of given text to use instead of counting them
  std::string target_pieces;
};

/// Section `translation`: what `talmach translate` does with the model unless flags say otherwise.
struct TranslationConfig {
  Precision precision = Precision::kFloat32;
  Index beam_size = 5;
  double normalize = 1.0;
  double max_length_factor = 3.0;
  Index max_length = 512;
  Index mini_batch = 64;
  UnknownWords unk = UnknownWords::kReplace;
};

struct Config {
  TrainingDataOptions data;
  TokenizerConfig tokenizer;
  ModelConfig model;
  TrainingOptions training;
  ValidationOptions validation;
  TranslationConfig translation;
  TrainingLogOptions logging;
};

/// A key and what it was set to on the command line: `--set training.seed=2`.
struct ConfigOverride {
  std::string key;
  std::string value;
  std::string where = "--set";  // the flag, for errors
};

/// Parses "key=value". Text of another form becomes a value without a key, which LoadConfig
/// reports together with all other mistakes.
ConfigOverride ParseOverride(const std::string& text);

/// Whether a path that leads to no file is a mistake.
enum class Files { kMayBeMissing, kMustExist };

/// Reads and checks the files and overrides, in this order. Throws ConfigError with a line for
/// each mistake. Relative paths in a file are taken relative to the file; those of overrides are
/// kept.
Config LoadConfig(const std::vector<std::string>& paths,
                  const std::vector<ConfigOverride>& overrides, Files files = Files::kMayBeMissing);

/// The same with absolute paths, so that it means the same wherever it is kept.
Config WithAbsolutePaths(const Config& config);

/// All keys but unset paths, as YAML. Reading it gives `config` again.
std::string ToYaml(const Config& config);

/// The corpora to train on, each with its links: those of guided alignment are the only corpus's.
std::vector<CorpusOptions> CorporaWithLinks(const Config& config);

/// The sets to validate on: that of section `data`, called "valid", then the others.
std::vector<CorpusOptions> ValidationSets(const Config& config);

}  // namespace talmach
