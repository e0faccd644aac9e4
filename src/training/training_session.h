// The part of a run that outlives the process: model, optimizer and state in memory, and the files
// of the model directory they are saved to and resumed from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/model_directory.h"
#include "text/training_corpus.h"
#include "training/checkpoint.h"
#include "training/model_updater.h"
#include "training/training_log.h"
#include "training/training_setup.h"
#include "training/training_state.h"

namespace talmach {

/// One thread at a time.
class TrainingSession {
 public:
  /// Resumes from the newest usable checkpoint, warning of damaged ones, or starts anew. Errors as
  /// Train.
  explicit TrainingSession(const TrainingSetup& setup);

  TrainingState& state() { return state_; }
  const TrainingState& state() const { return state_; }
  ModelUpdater& updater() { return *updater_; }
  TrainingLog& log() { return *log_; }
  const TrainingLog& log() const { return *log_; }
  bool resumed() const { return resumed_; }
  /// Where the run keeps its files for now.
  const ModelDirectory& files() const { return files_; }
  /// Whether the files of a new run are in their places; see RunStart.
  bool has_begun() const { return !setup_.start || setup_.start->has_begun(); }
  /// Puts them there.
  void Begin();

  /// Takes the checksums of the training texts, which every checkpoint notes. Throws ConfigError if
  /// they differ from those of the checkpoint that was loaded last. To be called before Save.
  void CheckCorpora(const std::vector<CorpusChecksums>& checksums);

  /// What a model file written now says about itself.
  ModelMetadata Metadata() const;

  /// Saves a checkpoint of the current state. Throws Error.
  void Save();
  /// Writes the model's present weights as the model to use. Throws Error.
  void WriteModel();
  /// Writes them as the best by a score. Throws Error.
  void WriteBest(const std::string& score);
  /// Returns to the newest usable checkpoint with half the current learning rate; clock and log go
  /// on. Checkpoints of the current weights are skipped and removed, since the same updates would
  /// fail again from there. Returns false, and does nothing, if there are no others. Throws
  /// CheckpointError if none of the others is usable, Error if one cannot be removed.
  bool RollBack();

 private:
  void StartAnew();
  void TakeInitialWeights();
  void TakePretrainedEmbeddings();
  void WarnOfTooManyThreads();
  void SayWhatIsFrozen();
  void Resume(const std::vector<Index>& updates, bool check_settings);
  std::string NameOf(Index update) const;
  bool HasWeightsOfNow(Index update) const;
  void RecordSave();
  void Load(Index update, const CheckpointRecord& record);

  const TrainingSetup& setup_;
  std::shared_ptr<const FileLock> lock_;
  ModelDirectory files_;
  TrainingSettings settings_;
  CheckpointStore store_;
  std::unique_ptr<TrainingLog> log_;
  std::unique_ptr<ModelUpdater> updater_;
  TrainingState state_;
  ModelOrigin origin_;
  TrainingSettings loaded_settings_ = TrainingSettings::object();  // of the checkpoint that was …
  std::string loaded_path_;                                        // … loaded last, if any
  bool resumed_ = false;
};

}  // namespace talmach
