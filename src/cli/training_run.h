// From a configuration to what the trainer needs: the tokenizers and the model directory.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "config/config.h"
#include "project/claimed_directory.h"
#include "training/training_setup.h"

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

/// Warns about keys that are set but have no effect, such as the weight of guided alignment without
/// links. Load does so.
void WarnOfIdleKeys(const Config& config);

/// The setup of a run in a directory, which stops cleanly when a signal asks for it.
TrainingSetup MakeTrainingSetup(const Config& config, const TokenizerPair& tokenizers,
                                const ModelDirectory& directory);

}  // namespace talmach
