// When training ends: at the first of its limits that is reached.
#pragma once

#include <optional>

#include "config/config.h"
#include "training/training_state.h"

namespace talmach {

/// Why training ended.
enum class TrainingOutcome {
  kFinished,      // max_epochs, max_updates or, under cosine, max_seconds reached
  kEarlyStopped,  // no new best for `early_stopping` validations, by the scores of `stop_on`
  kOutOfTime,     // max_seconds of this call are over; a checkpoint was saved
  kInterrupted,   // should_stop or a signal said so; a checkpoint was saved
};

/// How training ends where a limit is reached; none while it may go on. `seconds_of_this_part` are
/// those since it began or was resumed last.
std::optional<TrainingOutcome> ReachedLimit(const Config& config, const TrainingState& state,
                                            double seconds_of_this_part);

}  // namespace talmach
