// The learning rate of each update, as a pure function of how far training has come.
//
// With the update u (from 1), the warm-up w (updates), the peak rate λ and the floor λ_min:
//   warm-up       f(u) = min(1, u / w), or 1 without warm-up; it multiplies every schedule
//   constant      λ
//   inverse_sqrt  λ · min(1, sqrt(w / u)), with w ≥ 1: continues the warm-up (Vaswani et al. 2017)
//   cosine        λ_min + (λ − λ_min) · (1 + cos(π p)) / 2 (Loshchilov and Hutter 2017, one period)
//   plateau       max(λ_min, λ · 2^−r) after r reductions (see PlateauState)
// p is the share of the training done before this update (ShareDone): the largest of
// (u − 1) / max_updates, epochs / max_epochs and seconds / max_seconds among the limits set. Epochs
// count with the share of the current one, so the length of an epoch in updates need not be known.
// Cosine with max_seconds depends on the clock; everything else is repeatable to the bit.
#pragma once

#include "base/types.h"
#include "config/training_options.h"

namespace talmach {

/// The only state of a schedule: how often the rate was halved because validation did not improve.
struct PlateauState {
  Index reductions = 0;         // r
  Index stale_validations = 0;  // since the last new best or the last reduction

  /// To be called after each validation. True if the rate was reduced.
  bool Observe(bool is_best, Index patience);
  bool operator==(const PlateauState&) const = default;
};

/// The rate of update `update` (from 1) when `share_done` of the training lies behind it.
double LearningRate(const TrainingOptions& options, Index update, double share_done,
                    const PlateauState& plateau);

}  // namespace talmach
