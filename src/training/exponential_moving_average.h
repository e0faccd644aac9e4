// The exponential moving average of the weights (Polyak and Juditsky 1992; Adam's paper, section
// 7.2): smoother than the last weights, it is validated and becomes the result.
//
//   a_t = d · a_{t−1} + (1 − d) · θ_t,    â_t = a_t / (1 − d^t)    with a_0 = 0
//
// The division corrects the bias towards the start (Kingma and Ba 2015, section 3). Starting from
// the initial weights instead would leave a share d^t of random numbers in the average: 37 % after
// 1,000 updates with d = 0.999. Written as a recursion of the corrected average,
//   â_t = d_t · â_{t−1} + (1 − d_t) · θ_t    with d_t = (d − d^t) / (1 − d^t),
// it is the plain formula with a decay that grows from 0 to d, and the slab always holds â_t.
#pragma once

#include <cmath>

#include "base/types.h"

namespace talmach {

/// d_t for step t (from 1).
inline double MovingAverageDecay(double decay, Index step) {
  const double power = std::pow(decay, static_cast<double>(step));
  return (decay - power) / (1.0 - power);
}

}  // namespace talmach
