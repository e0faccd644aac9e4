// Checkpoints: directories that appear complete or not at all.
//
//   DIR/checkpoints/update-NNNNNNNN/
//     model.safetensors      the weights, a model file
//     optimizer.safetensors  first_moment.*, second_moment.* and, with ema_decay, average.*, where
//                            * are the names of the weights
//     state.json             TrainingState, settings, the checksums of the two files above, which
//                            so belong together, and its own
//   DIR/checkpoints/LATEST   the name of the newest, for people and other programs
//
// A checkpoint is written under a temporary name in the same directory, every file and the
// directory are synced, and one rename makes it visible. So whatever stops the machine, each
// directory called update-* is complete; what may be damaged later is found by checksums.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/types.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "training/adam.h"
#include "training/training_state.h"

namespace talmach {

/// What decides the course of training besides the state; compared when training is resumed.
using TrainingSettings = nlohmann::ordered_json;

/// The updates of the checkpoints in a model directory, newest first. Throws Error.
std::vector<Index> ListCheckpoints(const ModelDirectory& directory);

/// True if there is a checkpoint in the model directory: a run has begun in it.
bool HasCheckpoints(const std::string& model_directory);

/// What a checkpoint holds besides the slabs.
struct CheckpointRecord {
  TrainingState state;
  TrainingSettings settings;
  std::string model_checksum = {};      // SafetensorsFile::checksum() of the files beside it;
  std::string optimizer_checksum = {};  // empty in checkpoints of earlier versions
};

/// Reads DIR/state.json of a checkpoint. Throws CheckpointError if it is missing or damaged.
CheckpointRecord ReadCheckpointRecord(const std::string& directory);

/// Throws CheckpointError, naming both files, unless the files of a checkpoint belong together.
void CheckBelonging(const CheckpointDirectory& checkpoint, const CheckpointRecord& record,
                    const SafetensorsFile& model, const SafetensorsFile& optimizer);

/// Throws CheckpointError unless the optimizer's file of a checkpoint holds both moments of every
/// weight of its model. Neither is read; see SafetensorsFile::Verify.
void CheckMoments(const SafetensorsFile& model, const SafetensorsFile& optimizer);

/// The checkpoints of one model directory. One process at a time.
class CheckpointStore {
 public:
  /// Removes what an interrupted save left behind; what it was replacing comes back. `options` are
  /// used for all writes.
  CheckpointStore(const std::string& model_directory, Index keep_last,
                  AtomicFileOptions options = {});

  /// Updates of the checkpoints present, newest first.
  std::vector<Index> List() const;
  std::string PathOf(Index update) const;

  /// Writes the checkpoint of `state.update` (replacing one of the same update), then removes the
  /// oldest beyond keep_last, but none while updates are being skipped, when it may be the one to
  /// go back to. Throws Error with errno's text; the others are untouched then.
  void Save(const ParameterSet& parameters, const Adam& adam, const ModelMetadata& metadata,
            const TrainingState& state, const TrainingSettings& settings);

  /// As ReadCheckpointRecord.
  CheckpointRecord ReadRecord(Index update) const;

  /// Reads the slabs, verifying checksums and that all is finite. Throws CheckpointError;
  /// `parameters` and `adam` may then hold parts of it, so they must be loaded again or dropped.
  void ReadSlabs(Index update, ParameterSet& parameters, Adam& adam) const;

  /// Removes some checkpoints, after LATEST names the newest of the others. Throws Error.
  void Drop(const std::vector<Index>& updates) const;

 private:
  void WriteFiles(const std::string& directory, const ParameterSet& parameters, const Adam& adam,
                  const ModelMetadata& metadata, const TrainingState& state,
                  const TrainingSettings& settings) const;
  void WriteSmallFile(const std::string& path, std::string_view text) const;
  void NameLatest(Index update) const;
  void UndoSave() const;
  void CleanUp() const;
  void Remove(Index update) const;
  void RemoveOld() const;

  ModelDirectory run_;
  std::string directory_;  // its checkpoints
  Index keep_last_;
  AtomicFileOptions options_;
};

}  // namespace talmach
