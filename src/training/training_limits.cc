#include "training/training_limits.h"

namespace talmach {
namespace {

// Under cosine the time shapes the run, so that it is over; else only this call's share is.
std::optional<TrainingOutcome> TimeIsUp(const TrainingOptions& options, const TrainingState& state,
                                        double seconds_of_this_part) {
  if (options.max_seconds <= 0) return std::nullopt;
  const bool whole_run = options.schedule == ScheduleType::kCosine;
  if ((whole_run ? state.seconds : seconds_of_this_part) < options.max_seconds) return std::nullopt;
  return whole_run ? TrainingOutcome::kFinished : TrainingOutcome::kOutOfTime;
}

}  // namespace

std::optional<TrainingOutcome> ReachedLimit(const TrainingOptions& options,
                                            const TrainingState& state,
                                            double seconds_of_this_part) {
  if (options.max_updates > 0 && state.update >= options.max_updates) {
    return TrainingOutcome::kFinished;
  }
  const Index epochs_done = state.epoch_ended ? state.epoch : state.epoch - 1;
  if (options.max_epochs > 0 && epochs_done >= options.max_epochs) {
    return TrainingOutcome::kFinished;
  }
  if (options.early_stopping > 0 && state.best.stale_validations >= options.early_stopping) {
    return TrainingOutcome::kEarlyStopped;
  }
  return TimeIsUp(options, state, seconds_of_this_part);
}

}  // namespace talmach
