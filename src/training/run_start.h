// The start of a run. Until its first update has succeeded and been saved, nobody knows whether it
// can train at all: a corpus without usable pairs, a full disk or refused memory ends it early. So
// a new run keeps its files aside, and what is in the model directory stays as it was, to the byte.
//
//   DIR/new-run/         the run begins here: tokenizers, configuration, checkpoints, records
//   DIR/new-run-saved/   its first update is saved; what it replaces goes to DIR/old-run/
//   DIR/new-run-moving/  what it replaces is gone; its files take their places
//
// Each step is one rename, and each can be repeated: wherever the process is killed, the next start
// in the directory removes what was only begun and finishes what was saved.
#pragma once

#include "model/model_directory.h"

namespace talmach {

/// Made and destroyed under the lock of the directory. One thread at a time.
class RunStart {
 public:
  /// Settles what a killed start has left, and makes the folder for the new run. Throws
  /// std::filesystem errors and Error.
  explicit RunStart(const ModelDirectory& directory);
  /// Unless the run has begun, removes its files.
  ~RunStart();
  RunStart(const RunStart&) = delete;
  RunStart& operator=(const RunStart&) = delete;

  /// Where the run keeps its files for now.
  const ModelDirectory& files() const { return files_; }
  /// Whether there is a run, or a model, that it will replace.
  bool replaces() const { return replaces_; }
  bool has_begun() const { return has_begun_; }

  /// The run has shown that it can train, and what it is to replace may go: its files take their
  /// places in the directory. Throws as the constructor.
  void Begin();

  /// Finishes or undoes what a killed start has left in a directory. Errors as the constructor.
  static void Settle(const ModelDirectory& directory);

 private:
  ModelDirectory directory_;
  ModelDirectory files_;
  bool replaces_;
  bool has_begun_ = false;
};

}  // namespace talmach
