// Adam (Kingma and Ba 2015) over one slab of parameters, in one pass through memory.
#pragma once

#include <span>

#include "base/types.h"

namespace talmach {

/// The sum of squares in double precision, deterministic for a given number of threads.
double SumOfSquares(std::span<const float> values);

/// The numbers of one update.
struct AdamCoefficients {
  float learning_rate = 0.0f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-9f;
  float correction1 = 1.0f;   // 1 − β1^t
  float correction2 = 1.0f;   // 1 − β2^t
  float weight_decay = 0.0f;  // decoupled (Loshchilov and Hutter 2019): θ −= rate · decay · θ
  float gradient_scale = 1.0f;  // clipping and averaging, applied to g first
  float ema_decay = 0.0f;       // of the exponential moving average; used when average is given
};

/// What one update reads and writes: slabs of one size.
struct AdamUpdateCall {
  AdamCoefficients coefficients;
  std::span<const float> gradient;
  std::span<float> parameters;     // θ
  std::span<float> first_moment;   // m
  std::span<float> second_moment;  // v
  std::span<float> average = {};   // of θ; may be empty
};

/// With g = gradient_scale · gradient:
///   m ← β1 m + (1 − β1) g      v ← β2 v + (1 − β2) g²
///   θ ← θ − rate · (m / correction1) / (sqrt(v / correction2) + ε) − rate · decay · θ
///   average ← ema_decay · average + (1 − ema_decay) θ      (unless `average` is empty)
/// False if anything it has written is not finite: a huge rate, or a g² that overflows.
[[nodiscard]] bool AdamUpdate(const AdamUpdateCall& call);

/// sum = Σ parts in the given order, element by element: the reduction over workers.
void SumInto(std::span<const std::span<const float>> parts, std::span<float> sum);

}  // namespace talmach
