// Tested by tests/integration/program_test.py, tests/integration/fresh_start_test.py,
// tests/integration/kill_test.py and tests/integration/fault_test.py.
#include "project/claimed_directory.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/log.h"
#include "config/config_keys.h"
#include "model/model_file.h"
#include "project/configuration_file.h"
#include "text/corpus.h"
#include "text/given_vocabulary.h"
#include "text/guided_links.h"
#include "text/tokenizer_trainer.h"
#include "training/checkpoint.h"
#include "training/training_setup.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// Reads the corpora to their ends, the short ones first, so that nothing is made from files that
// cannot be used.
void CheckCorpora(const Config& config, const std::function<void()>& throw_if_stopped) {
  for (const auto& corpora : {ValidationSets(config), config.data.train}) {
    for (const CorpusOptions& files : corpora) {
      ParallelCorpus corpus(files.SourceSide(), files.TargetSide());
      for (std::string source, target; corpus.Next(&source, &target);) throw_if_stopped();
    }
  }
}

// Builds one tokenizer as `path`.
void BuildTokenizer(const TokenizerConfig& config, const std::vector<CorpusSide>& sides,
                    std::uint64_t seed, const std::string& path) {
  const std::string prefix = path + ".building";
  TokenizerTrainerOptions options = config;
  for (const CorpusSide& side : sides) {
    options.inputs.push_back(side.path);
    options.columns.push_back(side.column);
  }
  options.model_prefix = prefix;
  options.seed = seed;
  const TokenizerTrainerResult result = TrainTokenizer(options);
  std::error_code error;
  fs::remove(prefix + ".vocab", error);
  fs::rename(result.model_path, path, error);
  if (error) {
    throw Error({.where = path, .what = "the tokenizer cannot be moved here: " + error.message()});
  }
  Log().info("{}: a tokenizer of {} pieces, built from {} lines", path, result.vocabulary_size,
             result.num_lines);
}

// Takes the pieces of vocabulary files. One vocabulary for both languages is one in both files.
void ListVocabularies(const TokenizerConfig& config, const ModelDirectory& directory) {
  const std::vector<std::string> source = ReadVocabularyFile(config.source_pieces);
  const std::vector<std::string> target = ReadVocabularyFile(config.target_pieces);
  if (config.joint && source != target) {
    const std::string& joint = KeyName(&Config::tokenizer, &TokenizerConfig::joint);
    throw ConfigError({.where = joint,
                       .what = "the two vocabularies are not one",
                       .expected = "the same pieces in both files",
                       .got = config.source_pieces + " and " + config.target_pieces,
                       .hint = "set " + joint + ": false"});
  }
  WriteFileAtomically(directory.SourceTokenizer(), MakePieceList(config.symbols, source));
  WriteFileAtomically(directory.TargetTokenizer(), MakePieceList(config.symbols, target));
}

// A model that is taken as it is may lack the symbols, or divide them.
void RequireSymbols(const std::vector<std::string>& symbols, const Tokenizer& tokenizer) {
  for (const std::string& symbol : symbols) {
    const std::vector<std::string> pieces = tokenizer.EncodePieces(symbol);
    const std::vector<TokenId> ids = tokenizer.Encode(symbol);
    const bool is_known = std::ranges::find(ids, kUnknownId) == ids.end();
    const bool is_whole = !pieces.empty() && pieces.back().ends_with(symbol);
    if (is_known && is_whole) continue;
    throw ConfigError({.where = KeyName(&Config::tokenizer, &TokenizerConfig::symbols),
                       .expected = "pieces of " + tokenizer.path(),
                       .got = symbol});
  }
}

void CheckTokenizerSettings(const Config& config, const ModelDirectory& directory) {
  const Config before = LoadConfig({directory.Configuration()}, {});
  const Config now = WithAbsolutePaths(config);
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.resume.change != ResumeRule::Change::kBuiltIn) continue;
    if (key.get(before) == key.get(now)) continue;
    const std::string value = ValueText(key, before);
    throw ConfigError({.where = key.name,
                       .expected = (value.empty() ? "none" : value) + ", as " +
                                   directory.Configuration() + " was made with",
                       .got = ValueText(key, now),
                       .hint = "use another -m, or --fresh to start anew"});
  }
}

// Training would write over a model that was made to be used.
void RefuseFrozenModel(const ModelDirectory& directory) {
  if (!IsFrozenModel(directory.Model())) return;
  throw CheckpointError(
      {.where = directory.Model(),
       .what = "its weights are frozen in int8 and cannot be trained",
       .hint = "train in the directory it was converted from, or use another -m"});
}

// Without checkpoints there is nothing to resume, but the model is still worth keeping.
void RefuseModelAlone(const ModelDirectory& directory) {
  if (HasCheckpoints(directory.path) || !fs::exists(directory.Model())) return;
  throw ConfigError({.where = directory.Model(),
                     .what = "training would write over this model",
                     .expected = "the checkpoints of its training beside it, to continue from",
                     .got = "none",
                     .hint = "use another -m, or --fresh to start anew"});
}

// What a model file says, if it can be read: the trainer reports what is wrong with checkpoints.
std::optional<ModelMetadata> TryMetadata(const std::string& model) {
  try {
    return ReadModelMetadata(SafetensorsFile(model));
  } catch (const CheckpointError&) {
    return std::nullopt;
  }
}

// The tokenizers of the checkpoints.
TokenizerPair LoadTokenizersOfRun(const ModelDirectory& directory) {
  const TokenizerPair tokenizers = LoadTokenizers(directory);
  for (const Index update : ListCheckpoints(directory)) {
    const std::string model = directory.Checkpoint(update).Model();
    const std::optional<ModelMetadata> metadata = TryMetadata(model);
    if (metadata) CheckTokenizerFiles(model, *metadata, *tokenizers.source, *tokenizers.target);
  }
  return tokenizers;
}

// A new run writes its configuration, whose file may be the one that was read, with comments.
void RefuseLossOf(const std::string& path, const std::vector<std::string>& config_paths,
                  const std::string& text) {
  if (!IsOneOf(path, config_paths) || ReadFile(path) == text) return;
  throw ConfigError({.where = "--config",
                     .what = "a new run would write over it",
                     .expected = "a file outside the model directory",
                     .got = "'" + path + "'",
                     .hint = "move it, or use another -m"});
}

}  // namespace

bool HasRun(const ModelDirectory& directory) {
  return HasCheckpoints(directory.path) && fs::exists(directory.Configuration());
}

TokenizerPair MakeTokenizers(const Config& config, const ModelDirectory& directory) {
  MakeDirectory(directory.path);
  const TokenizerConfig& tokenizer = config.tokenizer;
  std::vector<CorpusSide> sources, targets, both;
  for (const CorpusOptions& corpus : config.data.train) {
    sources.push_back(corpus.SourceSide());
    targets.push_back(corpus.TargetSide());
    both.insert(both.end(), {sources.back(), targets.back()});
  }
  const std::uint64_t seed = config.training.seed;
  if (!tokenizer.source_model.empty()) {
    CopyFile(tokenizer.source_model, directory.SourceTokenizer());
    CopyFile(tokenizer.target_model, directory.TargetTokenizer());
  } else if (!tokenizer.source_pieces.empty()) {
    ListVocabularies(tokenizer, directory);
  } else if (UsesInitialTokenizers(config)) {
    const ModelDirectory from = InitialTokenizers(config);
    CopyTokenizers(from, directory);
    Log().info("{}, {}: the tokenizers of {}", directory.SourceTokenizer(),
               directory.TargetTokenizer(), config.training.initial_model);
  } else if (tokenizer.joint) {
    BuildTokenizer(tokenizer, both, seed, directory.SourceTokenizer());
    CopyFile(directory.SourceTokenizer(), directory.TargetTokenizer());
  } else {
    BuildTokenizer(tokenizer, sources, seed, directory.SourceTokenizer());
    BuildTokenizer(tokenizer, targets, seed, directory.TargetTokenizer());
  }
  const TokenizerPair pair = LoadTokenizers(directory);
  RequireSymbols(tokenizer.symbols, *pair.source);
  RequireSymbols(tokenizer.symbols, *pair.target);
  return pair;
}

ClaimedDirectory::ClaimedDirectory(const ModelDirectory& directory)
    : directory_(directory),
      is_new_(!fs::exists(directory.path)),
      has_lock_file_(fs::exists(directory.Lock())),
      lock_(LockForTraining(directory.path)) {}

ClaimedDirectory::~ClaimedDirectory() {
  const bool is_used = goes_on_ || (start_ && start_->has_begun());
  start_.reset();
  if (is_used) return;
  std::error_code ignored;  // of a directory that holds something else
  if (!has_lock_file_) fs::remove(directory_.Lock(), ignored);
  if (is_new_) fs::remove(directory_.path, ignored);
}

TokenizerPair ClaimedDirectory::Prepare(const Config& config, const PrepareOptions& options) {
  const bool fresh = options.fresh;
  RefuseInitialModelIn(directory_, config);
  RunStart::Settle(directory_);
  if (!fresh) {
    RefuseFrozenModel(directory_);
    RefuseModelAlone(directory_);
  }
  if (!fresh && HasRun(directory_)) {
    goes_on_ = true;
    CheckTokenizerSettings(config, directory_);
    return LoadTokenizersOfRun(directory_);
  }
  if (!fresh && HasCheckpoints(directory_.path)) {
    throw ConfigError({.where = directory_.Configuration(),
                       .expected = "the configuration of the checkpoints beside it",
                       .got = "no file",
                       .hint = "put it back, use another -m, or --fresh to start anew"});
  }
  const std::string text = ConfigurationText(config);
  RefuseLossOf(directory_.Configuration(), options.config_paths, text);
  if (!config.training.initial_model.empty()) {
    initial_model_ = std::make_shared<const InitialModel>(OpenInitialModel(config));
  }
  CheckCorpora(config, options.throw_if_stopped);
  for (const CorpusOptions& corpus : CorporaWithLinks(config)) {
    if (!corpus.links.empty()) CheckLinks(corpus, options.throw_if_stopped);
  }
  start_ = std::make_shared<RunStart>(directory_);
  const TokenizerPair tokenizers = MakeTokenizers(config, start_->files());
  WriteFileAtomically(start_->files().Configuration(), text);
  return tokenizers;
}

}  // namespace talmach
