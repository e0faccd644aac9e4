// Training: the walk from batch to batch until a limit, a signal or the end of progress.
//
// An update: BatchIterator::Next → ModelUpdater::Update (the workers' ForwardBackward, reduction
// of gradients, check, clipping, Adam, moving average, PackWeights). Around it, in this order:
// display, validation, save. All that decides how training goes on is in TrainingState and the
// slabs a checkpoint holds, so a run that was stopped and resumed computes the same bits as one
// that was not (as long as nothing depends on the clock: see learning_rate_schedule.h).
#pragma once

#include <string>

#include "base/types.h"
#include "training/training_limits.h"
#include "training/training_setup.h"

namespace talmach {

struct TrainingResult {
  TrainingOutcome outcome = TrainingOutcome::kFinished;
  bool nothing_to_do = false;  // the directory held a finished run already
  Index updates = 0;           // since the very beginning
  Index epoch = 0;             // of the last update
  Index failed_saves = 0;      // checkpoints that could not be written (a full disk), in this part
  Index lost_records = 0;      // lines of train.jsonl that could not be written, in this part
  Index best_update = 0;       // of the best validation; 0 if there was none
  double best_score = 0.0;     // by the first metric: nats per token or BLEU
  std::string model_path;      // the model to use
};

/// Trains, or goes on with what `setup.directory` holds, and leaves DIR/model.safetensors.
/// Progress goes to the log (base/log.h), DIR/train.log and DIR/train.jsonl.
/// Throws ConfigError (options that contradict each other or the run to be resumed), DataError,
/// CheckpointError (no usable checkpoint among those that exist), NumericError (training diverged;
/// DIR/diverged.txt names the corpus lines) and Error (a final save that failed, or another
/// training that runs in the directory).
TrainingResult Train(const TrainingSetup& setup);

}  // namespace talmach
