#include "kernels/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/onednn.h"
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

TEST(QuantizeTest, TheLargestNumberMayStandAnywhere) {
  const auto check = [](Index cols, Index at, float largest, int limit) {
    std::vector<float> row(static_cast<std::size_t>(cols), 0.25f);
    row[at] = largest;
    std::vector<std::uint8_t> expected(
        row.size(), static_cast<std::uint8_t>(limit + 1 + (limit == 127 ? 4 : 2)));
    expected[at] = static_cast<std::uint8_t>(limit + 1 + (largest > 0 ? limit : -limit));
    std::vector<std::uint8_t> values(row.size());
    float scale = 0.0f;
    QuantizeActivations(ConstView(row.data(), {1, cols}), cols, limit, values.data(), &scale);
    ASSERT_EQ(values, expected) << cols << " numbers, the largest at " << at;
    ASSERT_EQ(scale, 8.0f / static_cast<float>(limit));
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) {
      for (Index at = 0; at < cols; ++at) {
        check(cols, at, 8.0f, 127);
        check(cols, at, -8.0f, 63);
      }
    }
  });
}

TEST(QuantizeTest, RowsOfEveryMagnitudeStayWithinTheLimit) {
  constexpr Index kCols = 67;
  for (const float magnitude : {1.001e-30f, 1e-20f, 1.0f, 1e20f, 3.4e38f}) {
    Tensor<float> x = RandomMatrix(1, kCols, 6);
    for (float& value : x.view().span()) value *= magnitude;
    x.view()[kCols - 1] = -magnitude;
    for (const int limit : {63, 127}) {
      ForEachSimdTarget([&] {
        std::uint8_t values[kCols];
        float scale = 0.0f;
        QuantizeActivations(x.view(), kCols, limit, values, &scale);
        EXPECT_EQ(values[kCols - 1], 1);
        for (Index c = 0; c < kCols; ++c) {
          ASSERT_GE(values[c], 1);
          ASSERT_LE(values[c], 2 * limit + 1);
          const double rounded = double{scale} * (values[c] - limit - 1);
          ASSERT_NEAR(rounded, x.view()[c], 0.5001 * double{scale}) << magnitude;
        }
      });
    }
  }
}

TEST(QuantizeTest, RowsThatAreNotFiniteGetNaNForTheirScale) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  const auto check = [](Index cols, Index at, float special) {
    Tensor<float> x = RandomMatrix(2, cols, 7);
    x.view()(1, at) = special;
    std::vector<std::uint8_t> values(static_cast<std::size_t>(2 * cols));
    float scales[2];
    QuantizeActivations(x.view(), cols, 127, values.data(), scales);
    ASSERT_TRUE(std::isfinite(scales[0]));
    ASSERT_TRUE(std::isnan(scales[1])) << special << " at " << at << " of " << cols;
    ASSERT_EQ(std::count(values.begin() + cols, values.end(), 128), cols);
    Tensor<std::int8_t> weights({2, cols});
    QuantizeWeights(x.view(), weights.view(), scales);
    ASSERT_TRUE(std::isfinite(scales[0]));
    ASSERT_TRUE(std::isnan(scales[1]));
    for (Index c = 0; c < cols; ++c) ASSERT_EQ(weights.view()(1, c), 0);
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) {
      for (Index at = 0; at < cols; ++at) {
        for (const float special : {kNaN, -kNaN, kInfinity, -kInfinity}) check(cols, at, special);
      }
    }
  });
}

// Products and sums as large as onednn::kMaxInt8Inputs lets them become, with rows of zeros (scale
// 0) and rows that are not finite (scale NaN) among the others.
TEST(QuantizeTest, DequantizingScalesAndAddsTheBias) {
  constexpr Index kRows = 5;
  constexpr std::int32_t kLargest = 255 * 128 * onednn::kMaxInt8Inputs;
  constexpr std::int32_t kLargestSum = 128 * 128 * onednn::kMaxInt8Inputs;
  const float row_scales[kRows] = {0.5f, 0.0f, 0.25f, std::numeric_limits<float>::quiet_NaN(),
                                   2.0f};
  const auto check = [&](Index cols, bool with_bias, bool accumulate) {
    const Tensor<float> column_scales = RandomMatrix(1, cols, 1);
    const Tensor<float> bias = RandomMatrix(1, cols, 2);
    const Tensor<float> before = RandomMatrix(kRows, cols, 3);
    Tensor<float> y = RandomMatrix(kRows, cols, 3);
    std::vector<std::int32_t> products(static_cast<std::size_t>(kRows * cols));
    std::vector<std::int32_t> sums(static_cast<std::size_t>(cols));
    RandomStream random(4);
    for (std::int32_t& sum : sums) {
      const auto above_lowest = static_cast<Index>(random.Below(2 * std::uint64_t{kLargestSum}));
      sum = static_cast<std::int32_t>(above_lowest - kLargestSum);
    }
    sums[cols - 1] = kLargestSum;
    for (Index i = 0; i < kRows * cols; ++i) {
      products[i] = sums[i % cols] + static_cast<std::int32_t>(random.Below(2000001)) - 1000000;
    }
    products[cols - 1] = kLargest;
    DequantizeProducts({.products = products.data(),
                        .row_scales = row_scales,
                        .column_scales = column_scales.data(),
                        .sums = sums.data(),
                        .bias = with_bias ? bias.data() : nullptr,
                        .accumulate = accumulate,
                        .y = y.view()});
    for (Index r = 0; r < kRows; ++r) {
      for (Index c = 0; c < cols; ++c) {
        const double product = double{row_scales[r]} * column_scales.view()[c] *
                               static_cast<double>(products[r * cols + c] - sums[c]);
        const double expected =
            product + (with_bias ? bias.view()[c] : 0.0) + (accumulate ? before.view()(r, c) : 0.0);
        if (std::isnan(row_scales[r])) {
          ASSERT_TRUE(std::isnan(y.view()(r, c)));
        } else {
          ASSERT_NEAR(y.view()(r, c), expected, 3e-7 * (std::fabs(product) + 2.0));
        }
      }
    }
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) {
      for (const bool with_bias : {false, true}) {
        for (const bool accumulate : {false, true}) check(cols, with_bias, accumulate);
      }
    }
  });
}

}  // namespace
}  // namespace talmach
