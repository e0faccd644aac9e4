#include "cli/model_directory.h"

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/file_operations.h"
#include "base/log.h"
#include "kernels/gemm.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

/// Whether both are files with the same content. Loading a tokenizer takes far longer.
bool SameBytes(const std::string& path, const std::string& other) {
  std::error_code ignored;  // what is not there is not the same
  const auto size = std::filesystem::file_size(path, ignored);
  if (ignored || size != std::filesystem::file_size(other, ignored) || ignored) return false;
  return ReadFile(path) == ReadFile(other);
}

}  // namespace

TokenizerPair LoadTokenizers(const ModelDirectory& directory) {
  TokenizerPair pair;
  pair.source = std::make_shared<Tokenizer>(Tokenizer::Load(directory.SourceTokenizer()));
  if (SameBytes(directory.SourceTokenizer(), directory.TargetTokenizer())) {
    pair.target = pair.source;
    return pair;
  }
  auto target = std::make_shared<Tokenizer>(Tokenizer::Load(directory.TargetTokenizer()));
  pair.target = target->Hash() == pair.source->Hash() ? pair.source : target;
  return pair;
}

LoadedModels LoadModels(const std::vector<std::string>& directories, Precision precision,
                        Passes passes) {
  // What is done once per program is over before other threads have started.
  const ScopedNumThreads one_thread(1);
  LoadedModels result;
  result.precision = UsefulPrecision(precision, "precision");
  if (result.precision == Precision::kInt8) passes = Passes::kForward;
  for (const std::string& path : directories) {
    const ModelDirectory directory(path);
    if (!std::filesystem::is_regular_file(directory.Model())) {
      throw CheckpointError({.where = path,
                             .what = "no model here",
                             .expected = "a directory with model.safetensors",
                             .hint = "`talmach train -c CONFIG.yaml -m DIR` makes one"});
    }
    const LoadedModel loaded = LoadModel(directory.Model(), result.precision, passes);
    const TokenizerPair tokenizers = LoadTokenizers(directory);
    CheckVocabularies(directory.Model(), loaded.metadata, *tokenizers.source, *tokenizers.target);
    if (result.models.empty()) result.tokenizers = tokenizers;
    CheckVocabularies(directory.Model(), loaded.metadata, *result.tokenizers.source,
                      *result.tokenizers.target);
    result.models.push_back(std::make_shared<InferenceModel>(loaded.model));
  }
  return result;
}

TranslationConfig ReadTranslationConfig(const ModelDirectory& directory) {
  if (!std::filesystem::exists(directory.Configuration())) return {};
  return LoadConfig({directory.Configuration()}, {}).translation;
}

}  // namespace talmach
