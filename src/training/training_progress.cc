// Tested by tests/training/learning_rate_schedule_test.cc.
#include "training/training_progress.h"

#include <algorithm>

namespace talmach {
namespace {

// done / limit, and 0 where there is no limit.
double Share(double done, double limit) { return limit > 0.0 ? done / limit : 0.0; }

// The share reached of the limits that count work rather than time.
double WorkShare(const TrainingOptions& options, const TrainingProgress& progress) {
  return std::max(
      Share(static_cast<double>(progress.updates), static_cast<double>(options.max_updates)),
      Share(progress.epochs, static_cast<double>(options.max_epochs)));
}

}  // namespace

TrainingProgress ProgressOf(const TrainingState& state, double seconds_of_this_part,
                            Index num_lines) {
  TrainingProgress progress{.updates = state.update,
                            .epochs = 0.0,
                            .seconds = state.seconds,
                            .seconds_of_this_part = seconds_of_this_part};
  if (state.update == 0) return progress;
  const double share = static_cast<double>(state.epoch_sentences) / static_cast<double>(num_lines);
  progress.epochs =
      static_cast<double>(state.epoch - 1) + (state.epoch_ended ? 1.0 : std::min(share, 1.0));
  return progress;
}

double ShareDone(const TrainingOptions& options, const TrainingProgress& progress) {
  const double time = Share(progress.seconds, options.max_seconds);
  return std::clamp(std::max(WorkShare(options, progress), time), 0.0, 1.0);
}

double SecondsLeft(const TrainingOptions& options, const TrainingProgress& progress) {
  double left = -1.0;
  const double work = WorkShare(options, progress);
  if (work > 0.0) left = progress.seconds * std::max(0.0, 1.0 - work) / work;
  if (options.max_seconds <= 0.0) return left;
  const bool whole_run = options.schedule == ScheduleType::kCosine;
  const double spent = whole_run ? progress.seconds : progress.seconds_of_this_part;
  const double time = std::max(0.0, options.max_seconds - spent);
  return left < 0.0 ? time : std::min(left, time);
}

}  // namespace talmach
