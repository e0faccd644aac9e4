// The names of the files of a model directory and of its checkpoints. They are spelled here and
// nowhere else (tests/file_names_test.py); docs/model.md says what the files hold.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"

namespace talmach {

/// What the name of a checkpoint, or of one of the best models, begins with; a number follows.
inline constexpr std::string_view kUpdatePrefix = "update-";

/// What the name of a checkpoint that is the best by a score begins with; the score's follows.
inline constexpr std::string_view kBestPrefix = "best-";

/// What a training makes in a model directory, the checkpoints first.
inline constexpr std::array<const char*, 7> kRunFiles = {
    "checkpoints",       "config.yaml", "source.spm", "target.spm",
    "model.safetensors", "train.jsonl", "train.log"};

/// "update-NNNNNNNN", the name of the checkpoint after an update.
std::string CheckpointName(Index update);

/// The number in "update-NNNNNNNN"; −1 for other names.
Index ParseCheckpointName(std::string_view name);

/// The files of one checkpoint.
struct CheckpointDirectory {
  explicit CheckpointDirectory(std::string directory) : path(std::move(directory)) {}

  std::string path;
  std::string Model() const { return path + "/model.safetensors"; }
  std::string Optimizer() const { return path + "/optimizer.safetensors"; }
  std::string State() const { return path + "/state.json"; }
};

/// The files of a model directory.
struct ModelDirectory {
  explicit ModelDirectory(std::string directory) : path(std::move(directory)) {}

  std::string path;
  std::string Model() const { return path + "/model.safetensors"; }
  std::string SourceTokenizer() const { return path + "/source.spm"; }
  std::string TargetTokenizer() const { return path + "/target.spm"; }
  std::string Configuration() const { return path + "/config.yaml"; }

  std::string Checkpoints() const { return path + "/checkpoints"; }
  CheckpointDirectory Checkpoint(Index update) const;
  /// Holds the name of the newest checkpoint.
  std::string Latest() const { return Checkpoints() + "/LATEST"; }
  /// The folder of the best validated models, and the file of one of them.
  std::string BestModels() const { return Checkpoints() + "/best"; }
  std::string BestModel(Index update) const;

  /// The directory of the best model by a score, such as "bleu".
  std::string BestBy(std::string_view score) const;
  /// Those that are there, sorted.
  std::vector<std::string> AllBest() const;

  std::string Records() const { return path + "/train.jsonl"; }
  std::string Log() const { return path + "/train.log"; }
  std::string Lock() const { return path + "/train.lock"; }
  /// The pairs of the updates that diverged.
  std::string Diverged() const { return path + "/diverged.txt"; }
};

/// A model file, or the one in a model or checkpoint directory.
std::string ModelFileOf(const std::string& path);

}  // namespace talmach
