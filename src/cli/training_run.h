// From a configuration to what the trainer needs: the tokenizers and the model directory.
#pragma once

#include <string>

#include "cli/command_line.h"
#include "config/config.h"
#include "project/open_translator.h"
#include "training/trainer.h"

namespace talmach {

/// The flags that say which configuration to train with; `train` and `benchmark train` share them:
/// -c, --set, and one flag for each key of section `training` (`--max-seconds 600` is
/// `--set training.max_seconds=600`).
class ConfigFlags {
 public:
  void Declare(CommandLine& line);

  /// Loads the files with all changes; `line` has been parsed. Throws ConfigError.
  Config Load(const CommandLine& line) const;

  /// The configuration files, first to last.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> paths_;
  std::vector<std::string> changes_;       // of --set
  std::vector<ConfigOverride> overrides_;  // of the other flags
};

/// Warns of keys that have another value than the default and nothing to act on, such as the weight
/// of guided alignment without links. Load does so.
void WarnOfIdleKeys(const Config& config);

/// Builds the SentencePiece models the configuration asks for, or copies those it names, to
/// DIR/source.spm and DIR/target.spm, and loads them. Errors as TrainTokenizer.
TokenizerPair MakeTokenizers(const Config& config, const ModelDirectory& directory);

/// True if a run has begun in the directory: its tokenizers are those of the checkpoints.
bool HasRun(const ModelDirectory& directory);

/// Makes the directory ready for a run: tokenizers and DIR/config.yaml. Where a run has begun it
/// keeps its tokenizers, unless `fresh`; throws ConfigError naming the key if they were built with
/// other settings. Otherwise the corpora are read through first: throws DataError, having changed
/// nothing, if one of them cannot be used. Throws CheckpointError if the directory holds a frozen
/// model, ConfigError if it holds a model without checkpoints, unless `fresh`.
TokenizerPair PrepareModelDirectory(const Config& config, const ModelDirectory& directory,
                                    bool fresh);

/// The setup of a run in `directory`, which stops in order when a signal asks for it.
TrainingSetup MakeTrainingSetup(const Config& config, const TokenizerPair& tokenizers,
                                const ModelDirectory& directory);

/// `--fresh` over a run, or a model, that is there: its checkpoints, tokenizers, model and records
/// are set aside in DIR/before-fresh and removed once the new run has a checkpoint; if it never
/// gets one, because something is wrong with it, they come back. Also settles what a killed start
/// has left. Made and destroyed under the lock of the directory; the constructor throws
/// std::filesystem errors.
class FreshStart {
 public:
  FreshStart(const ModelDirectory& directory, bool fresh);
  ~FreshStart();
  FreshStart(const FreshStart&) = delete;
  FreshStart& operator=(const FreshStart&) = delete;

 private:
  void Settle();

  std::string path_;
};

/// Removes a directory that is new, at the end of its life, unless a run has begun in it: a start
/// that fails leaves nothing behind.
class NewDirectoryGuard {
 public:
  NewDirectoryGuard(const ModelDirectory& directory, bool is_new);
  NewDirectoryGuard(const NewDirectoryGuard&) = delete;
  NewDirectoryGuard& operator=(const NewDirectoryGuard&) = delete;
  ~NewDirectoryGuard();

 private:
  std::string path_;
  bool is_new_;
};

/// A directory of its own under the system's temporary directory; removed with all it holds.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace talmach
