// Tested by tests/project/verifier_test.cc and tests/integration/program_test.py.
//
// A model is opened with whatever could make it translate nonsense in silence ruled out: its
// vocabularies must have the sizes and hashes that its file names, and all models of an ensemble
// must agree, since their probabilities are averaged piece by piece. Checkpoints have no tokenizers
// of their own and take those of the run they belong to. One tokenizer for both languages is loaded
// once.
#include "project/open_translator.h"

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/file_operations.h"
#include "kernels/gemm.h"
#include "kernels/parallel.h"
#include "model/model_file.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// Whether both are files with the same content. Loading a tokenizer takes far longer.
bool SameBytes(const std::string& path, const std::string& other) {
  std::error_code ignored;  // what is not there is not the same
  const auto size = fs::file_size(path, ignored);
  if (ignored || size != fs::file_size(other, ignored) || ignored) return false;
  return ReadFile(path) == ReadFile(other);
}

}  // namespace

ModelDirectory RunDirectoryOf(const std::string& directory) {
  const ModelDirectory own(directory);
  if (fs::exists(own.SourceTokenizer())) return own;
  const fs::path path = ResolvePath(directory);
  ModelDirectory run(path.parent_path().parent_path());
  return path.parent_path() == run.Checkpoints() && fs::exists(run.SourceTokenizer()) ? run : own;
}

TokenizerPair LoadTokenizers(const ModelDirectory& directory) {
  TokenizerPair pair;
  pair.source = Tokenizer::Load(directory.SourceTokenizer());
  if (SameBytes(directory.SourceTokenizer(), directory.TargetTokenizer())) {
    pair.target = pair.source;
    return pair;
  }
  pair.target = Tokenizer::Load(directory.TargetTokenizer());
  return pair;
}

void CopyTokenizers(const ModelDirectory& from, const ModelDirectory& to) {
  CopyFile(from.SourceTokenizer(), to.SourceTokenizer());
  CopyFile(from.TargetTokenizer(), to.TargetTokenizer());
}

OpenedModels OpenModels(const std::vector<std::string>& directories, Precision precision,
                        Passes passes) {
  // Things done once per program are done before other threads start.
  const ScopedNumThreads one_thread(1);
  OpenedModels result;
  result.precision = UsefulPrecision(precision, "precision");
  if (result.precision == Precision::kInt8) passes = Passes::kForward;
  for (const std::string& path : directories) {
    const std::string file = ModelDirectory(path).Model();
    if (!fs::is_regular_file(file)) {
      throw CheckpointError({.where = path,
                             .what = "no model here",
                             .expected = "a directory with " + fs::path(file).filename().string(),
                             .hint = "`talmach train -c CONFIG.yaml -m DIR` makes one"});
    }
    const LoadedModel loaded = LoadModel(file, result.precision, passes);
    const TokenizerPair tokenizers = LoadTokenizers(RunDirectoryOf(path));
    CheckVocabularies(file, loaded.metadata, *tokenizers.source, *tokenizers.target);
    CheckTokenizerFiles(file, loaded.metadata, *tokenizers.source, *tokenizers.target);
    if (result.models.empty()) result.tokenizers = tokenizers;
    CheckVocabularies(file, loaded.metadata, *result.tokenizers.source, *result.tokenizers.target);
    result.models.push_back(std::make_shared<InferenceModel>(loaded.model));
  }
  return result;
}

TranslationConfig ReadTranslationConfig(const std::string& directory) {
  const std::string path = RunDirectoryOf(directory).Configuration();
  if (!fs::exists(path)) return {};
  return LoadConfig({path}, {}).translation;
}

TranslatorOptions MakeTranslatorOptions(const TranslationConfig& config, Index threads) {
  TranslatorOptions options;
  options.beam.beam_size = config.beam_size;
  options.beam.normalize = config.normalize;
  options.beam.max_length_factor = config.max_length_factor;
  options.unknown_words = config.unk;
  options.max_source_length = config.max_length;
  options.mini_batch = config.mini_batch;
  options.threads = threads;
  return options;
}

std::shared_ptr<const Shortlist> OpenShortlist(const std::string& path,
                                               const TokenizerPair& tokenizers) {
  if (path.empty()) return nullptr;
  auto shortlist = std::make_shared<const Shortlist>(LoadShortlist(path));
  CheckVocabularies(path, *shortlist, *tokenizers.source, *tokenizers.target);
  return shortlist;
}

Translator OpenTranslator(const std::vector<std::string>& directories, const OpenOptions& options) {
  const OpenedModels opened = OpenModels(directories, options.precision, options.passes);
  TranslatorOptions translator = options.translator;
  translator.shortlist = OpenShortlist(options.shortlist, opened.tokenizers);
  return {opened.models, opened.tokenizers.source, opened.tokenizers.target, translator};
}

}  // namespace talmach
