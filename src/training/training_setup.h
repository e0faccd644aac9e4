// Everything a training run needs, and what a run, or a measurement of one, makes of it first.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/file_lock.h"
#include "base/types.h"
#include "config/config.h"
#include "model/seq2seq_model.h"
#include "text/batch_iterator.h"
#include "text/tokenizer.h"
#include "training/initial_model.h"
#include "training/run_start.h"

namespace talmach {

/// The configuration, whose sections `tokenizer` and `translation` training does not look at, and
/// what the program adds to it. Paths are resolved.
struct TrainingSetup : Config {
  std::shared_ptr<const Tokenizer> source_tokenizer = nullptr;  // may be the same object
  std::shared_ptr<const Tokenizer> target_tokenizer = nullptr;
  std::string directory = {};  // the model directory; created if absent
  /// A new run, which keeps its files aside until its first update is saved; what the directory
  /// holds is replaced then. Null: the run goes on from the directory's checkpoints, or, if there
  /// are none, begins in the directory itself.
  std::shared_ptr<RunStart> start = nullptr;
  /// What training.initial_model names; a run that goes on does without it.
  std::shared_ptr<const InitialModel> initial_model = nullptr;
  /// Keeps other trainings out of the directory; if null, Train takes its own.
  std::shared_ptr<const FileLock> lock = nullptr;
  /// Asked after every update and during validations, with the number of the last update. If it
  /// says true, training saves and returns. So it does after a signal (base/stop.h), for which an
  /// interruptible thread does not wait until the update is over.
  std::function<bool(Index update)> should_stop = {};

  /// Sizes of the tokenizers' vocabularies.
  VocabularySizes vocabulary() const {
    return {.source = source_tokenizer->size(), .target = target_tokenizer->size()};
  }
};

/// Makes the directory if it is absent and locks it against other trainings. Throws Error.
std::shared_ptr<const FileLock> LockForTraining(const std::string& directory);

/// A model with the initial weights of `setup.training.seed`, packed, in the useful precision of
/// those wanted.
std::shared_ptr<Seq2SeqModel> NewModel(const TrainingSetup& setup);

/// Throws ConfigError naming the key unless the words of each corpus's tag are pieces of the source
/// tokenizer, which it never splits.
void CheckTags(const TrainingSetup& setup);

/// How the run reads its training text.
BatchIteratorOptions BatchOptions(const TrainingSetup& setup);

}  // namespace talmach
