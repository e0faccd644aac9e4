// A model directory in which a training run starts or continues.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "config/config.h"
#include "model/model_directory.h"
#include "project/initial_model.h"
#include "project/open_translator.h"
#include "training/run_start.h"

namespace talmach {

/// Builds the tokenizers the configuration asks for, or copies those it names, or those of its
/// initial model, to the directory, and loads them. Errors as TrainTokenizer and
/// ReadVocabularyFile; ConfigError, too, if they are not what other keys need.
TokenizerPair MakeTokenizers(const Config& config, const ModelDirectory& directory);

/// True if a run has begun in the directory: its tokenizers are those of the checkpoints.
bool HasRun(const ModelDirectory& directory);

struct PrepareOptions {
  bool fresh = false;                          // start anew, whatever there is
  std::vector<std::string> config_paths = {};  // the files the configuration was read from
  std::function<void()> throw_if_stopped = [] {};
};

/// A model directory in which a training is to run, locked against others. If no run begins in it,
/// it is left as it was found.
class ClaimedDirectory {
 public:
  /// Makes the directory if it is absent. Throws Error if another training runs in it.
  explicit ClaimedDirectory(const ModelDirectory& directory);
  ~ClaimedDirectory();
  ClaimedDirectory(const ClaimedDirectory&) = delete;
  ClaimedDirectory& operator=(const ClaimedDirectory&) = delete;

  /// Makes it ready for a run: tokenizers and configuration. Where a run has begun it goes on with
  /// its tokenizers, unless `fresh`; throws ConfigError naming the key if they were built with
  /// other settings. Otherwise the initial model is opened (OpenInitialModel) and the corpora are
  /// read through first: throws DataError if one of them cannot be used; then the run makes its
  /// files aside (RunStart). Throws CheckpointError if the directory holds a frozen model,
  /// ConfigError if it holds a model without checkpoints, unless `fresh`, if it holds the initial
  /// model, or if one of `config_paths` lies in this directory and would be written over with
  /// something else.
  TokenizerPair Prepare(const Config& config, const PrepareOptions& options);

  const ModelDirectory& directory() const { return directory_; }
  const std::shared_ptr<const FileLock>& lock() const { return lock_; }
  /// What training.initial_model names, for a new run; null without it, and if a run goes on.
  const std::shared_ptr<const InitialModel>& initial_model() const { return initial_model_; }
  /// Of a new run; null if one goes on.
  const std::shared_ptr<RunStart>& start() const { return start_; }

 private:
  ModelDirectory directory_;
  bool is_new_;           // the directory
  bool has_lock_file_;    // from an earlier training
  bool goes_on_ = false;  // a run that has begun before
  std::shared_ptr<const FileLock> lock_;
  std::shared_ptr<const InitialModel> initial_model_;
  std::shared_ptr<RunStart> start_;
};

}  // namespace talmach
