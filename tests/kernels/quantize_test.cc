#include "kernels/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

float MaxMagnitudeOf(ConstView x, Index row) {
  float most = 0.0f;
  for (Index c = 0; c < x.cols(); ++c) most = std::max(most, std::fabs(x(row, c)));
  return most;
}

TEST(QuantizeTest, ActivationsAreRoundedRowByRow) {
  const auto check = [](Index rows, Index cols, Index padded, int limit) {
    const Tensor<float> x = RandomMatrix(rows, cols, 1);
    std::vector<std::uint8_t> values(static_cast<std::size_t>(rows * padded));
    std::vector<float> scales(static_cast<std::size_t>(rows));
    QuantizeActivations(x.view(), padded, limit, values.data(), scales.data());
    const auto largest = static_cast<float>(limit);
    for (Index r = 0; r < rows; ++r) {
      const float most = MaxMagnitudeOf(x.view(), r);
      ASSERT_EQ(scales[r], most / largest);
      for (Index c = 0; c < padded; ++c) {
        const float scaled = c < cols ? x.view()(r, c) * (largest / most) : 0.0f;
        ASSERT_EQ(values[r * padded + c], limit + 1 + static_cast<int>(std::nearbyint(scaled)));
      }
    }
  };
  for (const int limit : {63, 127}) {
    ForEachSimdTarget([&] {
      for (Index cols = 1; cols <= 67; ++cols) check(2, cols, cols + 5, limit);
    });
    const ScopedNumThreads count(2);
    check(101, 1021, 1024, limit);
  }
}

TEST(QuantizeTest, TiesGoToEven) {
  Tensor<float> x({1, 6});
  const std::vector<float> ties = {127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f};
  std::ranges::copy(ties, x.data());
  std::uint8_t values[6];
  float scale = 0.0f;
  ForEachSimdTarget([&] {
    QuantizeActivations(x.view(), 6, 127, values, &scale);
    EXPECT_EQ(std::vector<int>(values, values + 6),
              (std::vector<int>{255, 128, 130, 130, 128, 126}));
  });
}

TEST(QuantizeTest, RowsOfZerosAndTinyNumbersBecomeZeros) {
  Tensor<float> x({2, 20});
  x.view()(1, 3) = 1e-40f;
  std::vector<std::uint8_t> values(40);
  float scales[2];
  ForEachSimdTarget([&] {
    QuantizeActivations(x.view(), 20, 127, values.data(), scales);
    EXPECT_TRUE(std::ranges::all_of(values, [](std::uint8_t value) { return value == 128; }));
    EXPECT_EQ(scales[0], 0.0f);
  });
}

TEST(QuantizeTest, WeightsAreRoundedRowByRow) {
  const auto check = [](Index rows, Index cols) {
    const Tensor<float> w = RandomMatrix(rows, cols, 2);
    Tensor<std::int8_t> values({rows, cols});
    std::vector<float> scales(static_cast<std::size_t>(rows));
    QuantizeWeights(w.view(), values.view(), scales);
    for (Index r = 0; r < rows; ++r) {
      const float most = MaxMagnitudeOf(w.view(), r);
      ASSERT_EQ(scales[r], most / 127.0f);
      for (Index c = 0; c < cols; ++c) {
        ASSERT_EQ(values.view()(r, c), std::nearbyint(w.view()(r, c) * (127.0f / most)));
      }
    }
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) check(3, cols);
  });
  const ScopedNumThreads count(2);
  check(101, 1021);
}

TEST(QuantizeTest, RoundedWeightsStayWhatTheyAre) {
  const Tensor<float> w = RandomMatrix(40, 96, 5);
  Tensor<std::int8_t> values({40, 96}), again({40, 96});
  std::vector<float> scales(40), scales_again(40);
  QuantizeWeights(w.view(), values.view(), scales);
  Tensor<float> widened({40, 96});
  for (Index r = 0; r < 40; ++r) {
    for (Index c = 0; c < 96; ++c) {
      widened.view()(r, c) = scales[r] * static_cast<float>(values.view()(r, c));
    }
  }
  QuantizeWeights(widened.view(), again.view(), scales_again);
  EXPECT_TRUE(std::ranges::equal(again.view().span(), values.view().span()));
}

TEST(QuantizeTest, DequantizingScalesAndAddsTheBias) {
  const std::vector<float> row_scales = {0.5f, 0.25f, 2.0f};
  const auto check = [&](Index cols, bool with_bias, bool accumulate) {
    const Tensor<float> column_scales = RandomMatrix(1, cols, 1);
    const Tensor<float> bias = RandomMatrix(1, cols, 2);
    const Tensor<float> before = RandomMatrix(3, cols, 3);
    Tensor<float> y = RandomMatrix(3, cols, 3);
    std::vector<std::int32_t> products(static_cast<std::size_t>(3 * cols));
    std::vector<std::int32_t> sums(static_cast<std::size_t>(cols));
    RandomStream random(4);
    for (std::int32_t& value : products) value = static_cast<std::int32_t>(random.Below(1000000));
    for (std::int32_t& value : sums) value = static_cast<std::int32_t>(random.Below(100000));
    DequantizeProducts(products.data(), row_scales.data(), column_scales.data(), sums.data(),
                       with_bias ? bias.data() : nullptr, accumulate, y.view());
    for (Index r = 0; r < 3; ++r) {
      for (Index c = 0; c < cols; ++c) {
        const double expected =
            double{row_scales[r]} * column_scales.view()[c] * (products[r * cols + c] - sums[c]) +
            (with_bias ? bias.view()[c] : 0.0) + (accumulate ? before.view()(r, c) : 0.0);
        ASSERT_NEAR(y.view()(r, c), expected, 1e-6 * std::fabs(expected) + 1e-6);
      }
    }
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) check(cols, cols % 2 == 0, cols % 3 == 0);
  });
}

}  // namespace
}  // namespace talmach
