// Tested by tests/training/model_updater_test.cc.
#include "training/adam.h"

#include <algorithm>
#include <cmath>

#include "training/exponential_moving_average.h"

namespace talmach {
namespace {

// 1 − β^t, in double: β^t of float would lose half its digits near 1.
double Correction(float beta, Index step) {
  return 1.0 - std::pow(double{beta}, static_cast<double>(step));
}

}  // namespace

Adam::Adam(const ParameterSet& parameters, const TrainingOptions& options)
    : options_(options),
      first_moment_({parameters.slab_size()}),
      second_moment_({parameters.slab_size()}) {
  if (options.ema_decay > 0.0f) average_ = Tensor<float>({parameters.slab_size()});
}

void Adam::BeginStep(double learning_rate, double scale) {
  ++step_;
  coefficients_ = {
      .learning_rate = static_cast<float>(learning_rate),
      .beta1 = options_.beta1,
      .beta2 = options_.beta2,
      .epsilon = options_.epsilon,
      .correction1 = static_cast<float>(Correction(options_.beta1, step_)),
      .correction2 = static_cast<float>(Correction(options_.beta2, step_)),
      .weight_decay = options_.weight_decay,
      .gradient_scale = static_cast<float>(scale),
      .ema_decay =
          has_average() ? static_cast<float>(MovingAverageDecay(options_.ema_decay, step_)) : 0.0f,
  };
}

void Adam::KeepRange(std::span<const float> values, Index begin, Index end) {
  if (!has_average()) return;
  std::copy(values.begin() + begin, values.begin() + end, average_.data() + begin);
}

bool Adam::UpdateRange(std::span<const float> gradient, std::span<float> values, Index begin,
                       Index end) {
  const auto part = [&](auto slab) {
    return slab.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  };
  return AdamUpdate({.coefficients = coefficients_,
                     .gradient = part(gradient),
                     .parameters = part(values),
                     .first_moment = part(first_moment_.view().span()),
                     .second_moment = part(second_moment_.view().span()),
                     .average = has_average() ? part(average_.view().span()) : std::span<float>()});
}

}  // namespace talmach
