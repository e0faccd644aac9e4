#include "kernels/adam_update.h"

#include <cmath>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kGrain = 1 << 14;  // elements a thread should at least have

}  // namespace

double SumOfSquares(std::span<const float> values) {
  std::vector<double> partial(static_cast<std::size_t>(NumThreads()), 0.0);
  ParallelFor(std::ssize(values), kGrain, [&](Index begin, Index end, int thread) {
    double sum = 0.0;
    for (Index i = begin; i < end; ++i) sum += double{values[i]} * values[i];
    partial[thread] = sum;
  });
  double total = 0.0;
  for (const double sum : partial) total += sum;
  return total;
}

void AdamUpdate(const AdamCoefficients& coefficients, std::span<const float> gradient,
                std::span<float> parameters, std::span<float> first_moment,
                std::span<float> second_moment, std::span<float> average) {
  const std::size_t size = parameters.size();
  Require(gradient.size() == size && first_moment.size() == size && second_moment.size() == size &&
              (average.empty() || average.size() == size),
          "gradients and moments have the size of the parameters");
  const AdamCoefficients& a = coefficients;
  const float step_size = a.learning_rate / a.correction1;
  const float inverse_correction2 = 1.0f / a.correction2;
  const float decay = a.learning_rate * a.weight_decay;
  ParallelFor(std::ssize(parameters), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      const float g = a.gradient_scale * gradient[i];
      const float m = a.beta1 * first_moment[i] + (1.0f - a.beta1) * g;
      const float v = a.beta2 * second_moment[i] + (1.0f - a.beta2) * g * g;
      const float old = parameters[i];
      const float value =
          old - step_size * m / (std::sqrt(v * inverse_correction2) + a.epsilon) - decay * old;
      first_moment[i] = m;
      second_moment[i] = v;
      parameters[i] = value;
      if (!average.empty()) {
        average[i] = a.ema_decay * average[i] + (1.0f - a.ema_decay) * value;
      }
    }
  });
}

void SumInto(std::span<const std::span<const float>> parts, std::span<float> sum) {
  for (const auto& part : parts) {
    Require(part.size() == sum.size(), "all parts of a sum have one size");
  }
  ParallelFor(std::ssize(sum), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      float total = 0.0f;
      for (const auto& part : parts) total += part[i];
      sum[i] = total;
    }
  });
}

}  // namespace talmach
