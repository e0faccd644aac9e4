// Schedules are functions, not objects that count: a resumed run asks for the rate of its next
// update and gets what the undisturbed one would have got. The warm-up multiplies whatever the
// schedule gives; for inverse_sqrt both meet at update w, where the rate is λ.
#include "training/learning_rate_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace talmach {
namespace {

double Scheduled(const TrainingOptions& options, double update, double share_done,
                 const PlateauState& plateau) {
  const double peak = options.learning_rate;
  const double floor = options.minimum_learning_rate;
  switch (options.schedule) {
    case ScheduleType::kConstant:
      return peak;
    case ScheduleType::kInverseSqrt: {
      const double warmup = std::max(1.0, static_cast<double>(options.warmup_updates));
      return peak * std::min(1.0, std::sqrt(warmup / update));
    }
    case ScheduleType::kCosine:
      return floor + (peak - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * share_done));
    case ScheduleType::kPlateau:
      return std::max(floor, std::ldexp(peak, -static_cast<int>(plateau.reductions)));
  }
  Require(false, "every schedule has a rate");
  return 0.0;
}

}  // namespace

bool PlateauState::Observe(bool is_best, Index patience) {
  stale_validations = is_best ? 0 : stale_validations + 1;
  if (stale_validations < patience) return false;
  stale_validations = 0;
  ++reductions;
  return true;
}

double LearningRate(const TrainingOptions& options, Index update, double share_done,
                    const PlateauState& plateau) {
  Require(update >= 1, "updates count from 1");
  const auto u = static_cast<double>(update);
  const auto warmup = static_cast<double>(options.warmup_updates);
  const double warm = warmup > 0.0 ? std::min(1.0, u / warmup) : 1.0;
  return warm * Scheduled(options, u, share_done, plateau);
}

}  // namespace talmach
