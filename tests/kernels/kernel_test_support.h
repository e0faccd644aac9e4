// What the kernel tests share: every instruction set, one and two threads, random matrices.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/operand.h"
#include "kernels/parallel.h"
#include "support/simd_targets.h"
#include "tensor/tensor.h"

namespace talmach {

/// Calls body() once for each instruction set this processor has, with `num_threads` threads and a
/// trace that names both.
template <typename Body>
void ForEachTarget(const Body& body, int num_threads = 1) {
  const ScopedNumThreads count(num_threads);
  SCOPED_TRACE("threads: " + std::to_string(num_threads));
  ForEachSimdTarget(body);
}

/// The same for each of one and two threads. Exhaustive loops over sizes do without the second:
/// on a busy machine every parallel region may wait for a time slice.
template <typename Body>
void ForEachTargetAndThreads(const Body& body) {
  for (const int num_threads : {1, 2}) ForEachTarget(body, num_threads);
}

/// Numbers for tests: uniform in [−range, range], the same on every machine.
class TestNumbers {
 public:
  explicit TestNumbers(std::uint32_t seed) : generator_(seed) {}

  float Next(float range) {
    return range * (2.0f * static_cast<float>(generator_()) / 4294967296.0f - 1.0f);
  }
  Tensor<float> Matrix(Index rows, Index cols, float range = 1.0f) {
    Tensor<float> matrix({rows, cols});
    for (float& value : matrix.view().span()) value = Next(range);
    return matrix;
  }

 private:
  std::mt19937 generator_;
};

inline Tensor<float> Copy(const Tensor<float>& from) {
  Tensor<float> to({from.view().rows(), from.view().cols()});
  std::copy_n(from.data(), from.size(), to.data());
  return to;
}

inline void ExpectSameBits(const Tensor<float>& a, const Tensor<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (Index i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(a.data()[i]), std::bit_cast<std::uint32_t>(b.data()[i]))
        << "at " << i << ": " << a.data()[i] << " and " << b.data()[i];
  }
}

/// The sizes at which vector loops can go wrong: every tail of every vector length, and more.
inline std::vector<Index> TailSizes() {
  std::vector<Index> sizes;
  for (Index size = 1; size <= 67; ++size) sizes.push_back(size);
  for (const Index size : {127, 131, 255, 1001}) sizes.push_back(size);
  return sizes;
}

/// A float32 or bfloat16 matrix to write to, filled with a marker that no kernel produces.
class TestOperand {
 public:
  static constexpr float kMarker = -1024.0f;

  TestOperand(Precision precision, Index rows, Index cols)
      : precision_(precision), floats_({rows, cols}), halves_({rows, cols}) {
    for (float& value : floats_.view().span()) value = kMarker;
    for (BFloat16& value : halves_.view().span()) value = BFloat16(kMarker);
  }

  Operand operand() {
    return precision_ == Precision::kFloat32 ? Operand(floats_.view()) : Operand(halves_.view());
  }
  float operator()(Index row, Index column) const {
    return precision_ == Precision::kFloat32 ? floats_.view()(row, column)
                                             : halves_.view()(row, column).ToFloat();
  }
  /// The error that the format adds to a number of this size.
  double Tolerance(double value) const {
    return precision_ == Precision::kFloat32 ? 0.0 : std::abs(value) / 256.0;
  }

 private:
  Precision precision_;
  Tensor<float> floats_;
  Tensor<BFloat16> halves_;
};

}  // namespace talmach
