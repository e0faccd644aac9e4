// How far training has come, in the three units in which limits can be given.
#pragma once

#include "base/types.h"
#include "config/training_options.h"
#include "training/training_state.h"

namespace talmach {

struct TrainingProgress {
  Index updates = 0;
  double epochs = 0.0;   // with the share of the current one: 2.5 is half-way through the third
  double seconds = 0.0;  // wall-clock time, over all resumed parts
  double seconds_of_this_part = 0.0;
};

/// The progress of a run that stands at `state`, over a training text of `num_lines` lines.
TrainingProgress ProgressOf(const TrainingState& state, double seconds_of_this_part,
                            Index num_lines);

/// The share of the training that is done, in [0, 1]: the largest among the limits set, since the
/// first one to be reached ends training. 0 without limits.
double ShareDone(const TrainingOptions& options, const TrainingProgress& progress);

/// Estimated seconds until a limit is reached and training returns, going on at the average speed
/// so far; negative if there is no limit or nothing to estimate from.
double SecondsLeft(const TrainingOptions& options, const TrainingProgress& progress);

}  // namespace talmach
