// Tested by tests/integration/initial_model_test.py.
#include "project/initial_model.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file_operations.h"
#include "config/config_keys.h"
#include "project/open_translator.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

const std::string& KeyOfInitialModel() {
  return KeyName(&Config::training, &TrainingOptions::initial_model);
}

ModelDirectory DirectoryOf(const std::string& model_file) {
  return RunDirectoryOf(fs::absolute(model_file).parent_path());
}

bool HasTokenizers(const ModelDirectory& directory) {
  return fs::exists(directory.SourceTokenizer()) && fs::exists(directory.TargetTokenizer());
}

}  // namespace

bool UsesInitialTokenizers(const Config& config) {
  return !config.training.initial_model.empty() && config.tokenizer.source_model.empty() &&
         config.tokenizer.source_pieces.empty();
}

ModelDirectory InitialTokenizers(const Config& config) {
  const std::string file = ModelFileOf(config.training.initial_model);
  const ModelDirectory directory = DirectoryOf(file);
  if (HasTokenizers(directory)) return directory;
  throw ConfigError({.where = KeyOfInitialModel(),
                     .expected = "a model with its tokenizers",
                     .got = file + " alone",
                     .hint = "give its model directory, or set " +
                             NameOf(config, &config.tokenizer.source_model) + " and " +
                             NameOf(config, &config.tokenizer.target_model)});
}

InitialModel OpenInitialModel(const Config& config) {
  InitialModel initial{.path = config.training.initial_model,
                       .file = ModelFileOf(config.training.initial_model)};
  const ModelMetadata metadata = CheckInitialModel(initial.file, config.model);
  const ModelDirectory directory = DirectoryOf(initial.file);
  if (HasTokenizers(directory)) {
    const TokenizerPair tokenizers = LoadTokenizers(directory);
    CheckVocabularies(initial.file, metadata, *tokenizers.source, *tokenizers.target);
    CheckTokenizerFiles(initial.file, metadata, *tokenizers.source, *tokenizers.target);
    initial.source_tokenizer = tokenizers.source;
    initial.target_tokenizer = tokenizers.target;
  }
  return initial;
}

void RefuseInitialModelIn(const ModelDirectory& directory, const Config& config) {
  if (config.training.initial_model.empty()) return;
  const fs::path file = ResolvePath(ModelFileOf(config.training.initial_model));
  const fs::path inside = file.lexically_relative(ResolvePath(directory.path));
  if (inside.empty() || *inside.begin() == "..") return;
  throw ConfigError({.where = KeyOfInitialModel(),
                     .expected = "a model outside " + directory.path + ", which the run writes to",
                     .got = config.training.initial_model,
                     .hint = "train into another directory with -m"});
}

}  // namespace talmach
