#include "training/training_limits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "training/validation_set.h"

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

// As Marian's early-stopping-on. A score that was never measured is not stale.
bool IsOutOfPatience(const Config& config, const TrainingState& state) {
  const Index patience = config.training.early_stopping;
  if (patience == 0) return false;
  const StopOn stop_on = config.validation.stop_on;
  const bool is_first_stale = state.best.stale_validations >= patience;
  if (stop_on == StopOn::kFirst) return is_first_stale;
  std::vector<std::string> others = ScoreNames(config);
  if (others.empty()) return false;  // nothing is validated
  others.erase(others.begin());
  const auto is_stale = [&](const std::string& name) {
    const auto found = state.other_bests.find(name);
    return found != state.other_bests.end() && found->second.stale_validations >= patience;
  };
  return stop_on == StopOn::kAny ? is_first_stale || std::ranges::any_of(others, is_stale)
                                 : is_first_stale && std::ranges::all_of(others, is_stale);
}

}  // namespace

std::optional<TrainingOutcome> ReachedLimit(const Config& config, const TrainingState& state,
                                            double seconds_of_this_part) {
  const TrainingOptions& options = config.training;
  if (options.max_updates > 0 && state.update >= options.max_updates) {
    return TrainingOutcome::kFinished;
  }
  const Index epochs_done = state.epoch_ended ? state.epoch : state.epoch - 1;
  if (options.max_epochs > 0 && epochs_done >= options.max_epochs) {
    return TrainingOutcome::kFinished;
  }
  if (IsOutOfPatience(config, state)) return TrainingOutcome::kEarlyStopped;
  return TimeIsUp(options, state, seconds_of_this_part);
}

}  // namespace talmach
