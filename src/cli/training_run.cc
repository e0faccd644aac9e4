#include "cli/training_run.h"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/log.h"
#include "cli/signals.h"
#include "config/config_keys.h"
#include "text/corpus.h"
#include "text/guided_links.h"
#include "training/checkpoint.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTrainingSection = "training.";

// What `--fresh` sets aside, and where.
constexpr const char* kSetAside = "before-fresh";

void Move(const fs::path& from, const fs::path& to, const char* name) {
  if (!fs::exists(from / name)) return;
  fs::remove_all(to / name);
  fs::rename(from / name, to / name);
}

// Reads the corpora to their ends, the short one first, so that nothing is made from files that
// cannot be used.
void CheckCorpora(const TrainingDataOptions& data) {
  const auto check = [](const std::string& source_path, const std::string& target_path) {
    ParallelCorpus corpus(source_path, target_path);
    for (std::string source, target; corpus.Next(&source, &target);) ThrowIfStopped();
  };
  if (!data.valid_source.empty()) check(data.valid_source, data.valid_target);
  check(data.train_source, data.train_target);
}

// Builds one SentencePiece model as `path`.
void BuildTokenizer(const TokenizerConfig& config, const std::vector<std::string>& inputs,
                    std::uint64_t seed, const std::string& path) {
  const std::string prefix = path + ".building";
  const TokenizerTrainerResult result =
      TrainTokenizer({.inputs = inputs,
                      .model_prefix = prefix,
                      .vocabulary_size = config.vocabulary_size,
                      .type = config.type,
                      .character_coverage = config.character_coverage,
                      .seed = seed});
  std::error_code error;
  fs::remove(prefix + ".vocab", error);
  fs::rename(result.model_path, path, error);
  if (error) {
    throw Error({.where = path, .what = "the tokenizer cannot be moved here: " + error.message()});
  }
  Log().info("{}: a tokenizer of {} pieces, built from {} lines", path, result.vocabulary_size,
             result.num_lines);
}

// Keys that decide what the tokenizers are.
bool ShapesTokenizers(const ConfigKey& key) {
  return key.name.starts_with("tokenizer.") && key.name != "tokenizer.sampling_alpha";
}

void CheckTokenizerSettings(const Config& config, const ModelDirectory& directory) {
  const Config before = LoadConfig({directory.Configuration()}, {});
  const Config now = WithAbsolutePaths(config);
  for (const ConfigKey& key : ConfigKeys()) {
    if (!ShapesTokenizers(key) || key.get(before) == key.get(now)) continue;
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

// Without checkpoints it is nothing to go on from, but somebody's model all the same.
void RefuseModelAlone(const ModelDirectory& directory) {
  if (HasCheckpoints(directory.path) || !fs::exists(directory.Model())) return;
  throw ConfigError({.where = directory.Model(),
                     .what = "training would write over this model",
                     .expected = "the checkpoints of its training beside it, to go on from",
                     .got = "none",
                     .hint = "use another -m, or --fresh to start anew"});
}

}  // namespace

void WarnOfIdleKeys(const Config& config) {
  const TrainingOptions& training = config.training;
  const TrainingOptions defaults;
  const auto warn = [](bool is_idle, const char* key, const char* need) {
    if (is_idle) Log().warn("{}: does nothing without {}", key, need);
  };
  warn(training.guided_alignment.links.empty() &&
           training.guided_alignment.weight != defaults.guided_alignment.weight,
       "training.guided_alignment.weight", "training.guided_alignment.links");
  const bool is_plateau = training.schedule == ScheduleType::kPlateau;
  warn(!is_plateau && training.plateau_patience != defaults.plateau_patience,
       "training.plateau_patience", "training.schedule plateau");
  warn(!is_plateau && training.schedule != ScheduleType::kCosine &&
           training.minimum_learning_rate != defaults.minimum_learning_rate,
       "training.minimum_learning_rate", "training.schedule cosine or plateau");
}

void ConfigFlags::Declare(CommandLine& line) {
  line.Group("Configuration")
      .List("config,c", &paths_, "FILE.yaml…", "configuration; later files override earlier ones")
      .List("set", &changes_, "KEY=VALUE…", "override a key, e.g. --set model.embedding_size=512");
  line.Require("config");
  FlagGroup& group = line.Group("Keys of section training (docs/configuration.md)");
  const Config defaults;
  for (const ConfigKey& key : ConfigKeys()) {
    if (!key.name.starts_with(kTrainingSection) || key.name == "training.threads") continue;
    std::string flag = key.name.substr(kTrainingSection.size());
    std::ranges::replace(flag, '_', '-');
    std::ranges::replace(flag, '.', '-');
    group.Custom(flag, "X (= " + ValueText(key, defaults) + ")", std::nullopt, key.meaning,
                 [this, name = key.name, flag](const std::string& value) {
                   overrides_.push_back({.key = name, .value = value, .where = "--" + flag});
                 });
  }
}

Config ConfigFlags::Load(const CommandLine& line) const {
  std::vector<ConfigOverride> all;
  for (const std::string& change : changes_) all.push_back(ParseOverride(change));
  all.insert(all.end(), overrides_.begin(), overrides_.end());
  Config config = LoadConfig(paths_, all);
  WarnOfIdleKeys(config);
  if (line.Given("threads")) {
    config.training.threads = static_cast<int>(
        std::max<Index>(1, line.threads() / static_cast<Index>(config.training.workers)));
  }
  return config;
}

bool HasRun(const ModelDirectory& directory) {
  return HasCheckpoints(directory.path) && fs::exists(directory.Configuration());
}

TokenizerPair MakeTokenizers(const Config& config, const ModelDirectory& directory) {
  MakeDirectory(directory.path);
  const TokenizerConfig& tokenizer = config.tokenizer;
  const TrainingDataOptions& data = config.data;
  const std::uint64_t seed = config.training.seed;
  if (!tokenizer.source_model.empty()) {
    CopyFile(tokenizer.source_model, directory.SourceTokenizer());
    CopyFile(tokenizer.target_model, directory.TargetTokenizer());
  } else if (tokenizer.joint) {
    BuildTokenizer(tokenizer, {data.train_source, data.train_target}, seed,
                   directory.SourceTokenizer());
    CopyFile(directory.SourceTokenizer(), directory.TargetTokenizer());
  } else {
    BuildTokenizer(tokenizer, {data.train_source}, seed, directory.SourceTokenizer());
    BuildTokenizer(tokenizer, {data.train_target}, seed, directory.TargetTokenizer());
  }
  return LoadTokenizers(directory);
}

TokenizerPair PrepareModelDirectory(const Config& config, const ModelDirectory& directory,
                                    bool fresh) {
  if (!fresh) {
    RefuseFrozenModel(directory);
    RefuseModelAlone(directory);
  }
  if (!fresh && HasRun(directory)) {
    CheckTokenizerSettings(config, directory);
    return LoadTokenizers(directory);
  }
  if (!fresh && HasCheckpoints(directory.path)) {
    throw ConfigError({.where = directory.Configuration(),
                       .expected = "the configuration of the checkpoints beside it",
                       .got = "no file",
                       .hint = "put it back, use another -m, or --fresh to start anew"});
  }
  CheckCorpora(config.data);
  if (const std::string& links = config.training.guided_alignment.links; !links.empty()) {
    CheckLinks(config.data.train_source, config.data.train_target, links, ThrowIfStopped);
  }
  const TokenizerPair tokenizers = MakeTokenizers(config, directory);
  WriteFileAtomically(directory.Configuration(), ToYaml(WithAbsolutePaths(config)));
  return tokenizers;
}

TrainingSetup MakeTrainingSetup(const Config& config, const TokenizerPair& tokenizers,
                                const ModelDirectory& directory) {
  TrainingSetup setup;
  setup.model = config.model;
  setup.data = config.data;
  setup.training = config.training;
  setup.validation = config.validation;
  setup.logging = config.logging;
  setup.source_tokenizer = tokenizers.source;
  setup.target_tokenizer = tokenizers.target;
  setup.directory = directory.path;
  setup.should_stop = [](Index) { return StopSignal() != 0; };
  return setup;
}

FreshStart::FreshStart(const ModelDirectory& directory, bool fresh) : path_(directory.path) {
  Settle();
  if (!fresh || (!HasCheckpoints(path_) && !fs::exists(directory.Model()))) return;
  MakeDirectory(path_ + "/" + kSetAside);
  // The checkpoints go first and come back last: as long as there are none, Settle brings back what
  // was set aside, wherever the program was killed.
  try {
    for (const char* name : kRunFiles) Move(path_, path_ + "/" + kSetAside, name);
  } catch (...) {
    Settle();
    throw;
  }
}

FreshStart::~FreshStart() {
  try {
    Settle();
  } catch (const std::exception& error) {
    Log().warn("{}", error.what());
  }
}

void FreshStart::Settle() {
  const std::string aside = path_ + "/" + kSetAside;
  if (!fs::exists(aside)) return;
  if (!HasCheckpoints(path_)) {
    for (auto name = kRunFiles.rbegin(); name != kRunFiles.rend(); ++name) {
      Move(aside, path_, *name);
    }
  }
  fs::remove_all(aside);
}

NewDirectoryGuard::NewDirectoryGuard(const ModelDirectory& directory, bool is_new)
    : path_(directory.path), is_new_(is_new) {}

NewDirectoryGuard::~NewDirectoryGuard() {
  std::error_code ignored;
  if (is_new_ && !HasCheckpoints(path_)) fs::remove_all(path_, ignored);
}

ScratchDirectory::ScratchDirectory() {
  std::string pattern = (fs::temp_directory_path() / "talmach-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw Error({.where = pattern, .what = "cannot make the directory: " + ErrnoText(errno)});
  }
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace talmach
