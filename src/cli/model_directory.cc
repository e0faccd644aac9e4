#include "cli/model_directory.h"

#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "kernels/gemm.h"

namespace talmach {

TokenizerPair LoadTokenizers(const ModelDirectory& directory) {
  TokenizerPair pair;
  pair.source = std::make_shared<Tokenizer>(Tokenizer::Load(directory.SourceTokenizer()));
  auto target = std::make_shared<Tokenizer>(Tokenizer::Load(directory.TargetTokenizer()));
  pair.target = target->Hash() == pair.source->Hash() ? pair.source : target;
  return pair;
}

LoadedModels LoadModels(const std::vector<std::string>& directories, Precision precision,
                        Passes passes) {
  LoadedModels result;
  result.precision = UsefulPrecision(precision, "precision");
  for (const std::string& path : directories) {
    const ModelDirectory directory(path);
    if (!std::filesystem::is_regular_file(directory.Model())) {
      throw CheckpointError({.where = path,
                             .what = "no model here",
                             .expected = "a directory with model.safetensors",
                             .hint = "`talmach train -c CONFIG.yaml -m DIR` makes one"});
    }
    const LoadedModel loaded = LoadModel(directory.Model(), result.precision);
    if (passes == Passes::kForwardAndBackward && loaded.model->precision() != Precision::kInt8) {
      loaded.model->PackWeights(passes);
    }
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
