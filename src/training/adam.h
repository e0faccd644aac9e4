// Adam (Kingma and Ba 2015) with decoupled weight decay and, if wanted, the moving average of the
// weights: the optimizer's slabs and its step counter.
#pragma once

#include <span>

#include "base/types.h"
#include "config/training_options.h"
#include "kernels/adam_update.h"
#include "nn/parameter.h"
#include "tensor/tensor.h"

namespace talmach {

/// One thread at a time, except UpdateRange.
class Adam {
 public:
  /// The coefficients are read from β1, β2, ε, weight_decay and ema_decay.
  Adam(const ParameterSet& parameters, const TrainingOptions& options);

  /// Begins step t: all ranges of one update follow with these numbers. `scale` multiplies the
  /// gradient (clipping).
  void BeginStep(double learning_rate, double scale);
  /// Updates elements [begin, end) of the slab; distinct ranges may run in several threads. False
  /// if weights, moments or average are no longer finite there.
  [[nodiscard]] bool UpdateRange(std::span<const float> gradient, std::span<float> values,
                                 Index begin, Index end);

  /// The same for a range that is not trained: the average there is the values themselves.
  void KeepRange(std::span<const float> values, Index begin, Index end);

  /// Steps taken: updates that were not skipped.
  Index step() const { return step_; }
  void set_step(Index step) { step_ = step; }

  View first_moment() { return first_moment_.view(); }
  View second_moment() { return second_moment_.view(); }
  ConstView first_moment() const { return first_moment_.view(); }
  ConstView second_moment() const { return second_moment_.view(); }
  bool has_average() const { return average_.size() > 0; }
  /// The moving average; empty without one.
  View average() { return average_.view(); }
  ConstView average() const { return average_.view(); }

 private:
  TrainingOptions options_;
  Index step_ = 0;
  AdamCoefficients coefficients_;
  Tensor<float> first_moment_;
  Tensor<float> second_moment_;
  Tensor<float> average_;
};

}  // namespace talmach
