// Matrices of random numbers for tests.
#pragma once

#include "base/bfloat16.h"
#include "base/random.h"
#include "tensor/tensor.h"

namespace talmach {

/// Uniform in [−1, 1), a function of the key alone.
inline Tensor<float> RandomMatrix(Index rows, Index cols, std::uint64_t key) {
  Tensor<float> matrix({rows, cols});
  RandomStream random(key);
  for (float& value : matrix.view().span()) value = random.Uniform() * 2.0f - 1.0f;
  return matrix;
}

/// The matrix rounded to bfloat16.
inline Tensor<BFloat16> RoundedMatrix(ConstView values) {
  Tensor<BFloat16> rounded({values.rows(), values.cols()});
  for (Index i = 0; i < values.size(); ++i) rounded.view()[i] = BFloat16(values[i]);
  return rounded;
}

}  // namespace talmach
