#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include "kernels/gemm_peak.h"
#include "kernels/hardware_peak.h"
#include "kernels/onednn.h"
#include "kernels/parallel.h"
#include "support/random_matrix.h"

namespace talmach {
namespace {

// A matrix in the given precision, and the values it holds after rounding.
struct Factor {
  Factor(Index rows, Index cols, Precision precision, std::uint64_t key)
      : values(RandomMatrix(rows, cols, key)), bfloat16({rows, cols}) {
    operand = Operand(values.view());
    if (precision != Precision::kBFloat16) return;
    for (Index i = 0; i < values.size(); ++i) {
      bfloat16.view()[i] = BFloat16(values.view()[i]);
      values.view()[i] = bfloat16.view()[i].ToFloat();
    }
    operand = Operand(bfloat16.view());
  }
  double At(Index r, Index c) { return values.view()(r, c); }

  Tensor<float> values;
  Tensor<BFloat16> bfloat16;
  Operand operand;
};

struct Shape {
  Index m, n, k;
};

// Two threads wait for each other at every product, so they get fewer shapes.
std::vector<Shape> Shapes(int threads) {
  std::vector<Shape> shapes = {{1, 1, 1},     {2, 3, 5},     {1, 64, 64},    {64, 1, 64},
                               {64, 64, 1},   {65, 127, 63}, {63, 65, 31},   {127, 129, 95},
                               {200, 35, 96}, {129, 5, 40},  {128, 192, 256}};
  const Index step = threads == 1 ? 1 : 21;
  for (Index k = 1; k <= 130; k += step) shapes.push_back({1 + k % 7, 1 + k * 5 % 71, k});
  return shapes;
}

// Bounds the error of a sum of k products of values below one in float32.
double Tolerance(Index k) { return 1e-6 * static_cast<double>(k) + 1e-6; }

using Case = std::tuple<Precision, int>;

class GemmTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    precision_ = std::get<0>(GetParam());
    threads_.emplace(std::get<1>(GetParam()));
  }

  void CheckPackedProduct(const Shape& shape, PackedMatrix::Side side, bool bias, bool accumulate) {
    const bool forward = side == PackedMatrix::Side::kForward;
    const auto [m, n, k] = shape;
    Factor x(m, k, precision_, 1);
    Factor w(forward ? n : k, forward ? k : n, precision_, 2);
    const Tensor<float> b = RandomMatrix(1, n, 3);
    Tensor<float> y = RandomMatrix(m, n, 4);
    const Tensor<float> before = RandomMatrix(m, n, 4);
    PackedMatrix packed(side, precision_);
    packed.Pack(w.values.view());
    EXPECT_EQ(packed.inputs(), k);
    EXPECT_EQ(packed.outputs(), n);
    MultiplyPacked(x.operand, packed, bias ? b.data() : nullptr, accumulate, y.view());
    for (Index r = 0; r < m; ++r) {
      for (Index c = 0; c < n; ++c) {
        double expected = (bias ? b.view()[c] : 0.0) + (accumulate ? before.view()(r, c) : 0.0);
        for (Index i = 0; i < k; ++i) {
          expected += x.At(r, i) * (forward ? w.At(c, i) : w.At(i, c));
        }
        ASSERT_NEAR(y.view()(r, c), expected, Tolerance(k))
            << m << "x" << n << "x" << k << " at " << r << ", " << c;
      }
    }
  }

  Precision precision_ = Precision::kFloat32;
  std::optional<ScopedNumThreads> threads_;
};

TEST_P(GemmTest, ForwardProductsEqualTheDefinition) {
  for (const Shape& shape : Shapes(NumThreads())) {
    CheckPackedProduct(shape, PackedMatrix::Side::kForward, shape.k % 2 == 0, false);
  }
}

TEST_P(GemmTest, BackwardProductsEqualTheDefinition) {
  for (const Shape& shape : Shapes(NumThreads())) {
    CheckPackedProduct(shape, PackedMatrix::Side::kBackward, false, shape.k % 2 == 0);
  }
}

TEST_P(GemmTest, BiasAndAccumulationCombine) {
  for (const bool bias : {false, true}) {
    for (const bool accumulate : {false, true}) {
      CheckPackedProduct({33, 70, 50}, PackedMatrix::Side::kForward, bias, accumulate);
    }
  }
}

TEST_P(GemmTest, WeightGradientsAccumulate) {
  for (const Shape& shape : Shapes(NumThreads())) {
    const auto [n, k, m] = shape;
    Factor d_y(m, n, precision_, 5);
    Factor x(m, k, precision_, 6);
    Tensor<float> gradient = RandomMatrix(n, k, 7);
    const Tensor<float> before = RandomMatrix(n, k, 7);
    AccumulateWeightGradient(d_y.operand, x.operand, gradient.view());
    for (Index r = 0; r < n; ++r) {
      for (Index c = 0; c < k; ++c) {
        double expected = before.view()(r, c);
        for (Index i = 0; i < m; ++i) expected += d_y.At(i, r) * x.At(i, c);
        ASSERT_NEAR(gradient.view()(r, c), expected, Tolerance(m)) << n << "x" << k << "x" << m;
      }
    }
  }
}

TEST_P(GemmTest, EmptyProductsLeaveTheBias) {
  const Tensor<float> bias = RandomMatrix(1, 3, 1);
  Tensor<float> weight({3, 0});
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(weight.view());
  Tensor<float> x({2, 0});
  Tensor<float> y = RandomMatrix(2, 3, 2);
  MultiplyPacked(Operand(x.view()), packed, bias.data(), false, y.view());
  for (Index r = 0; r < 2; ++r) {
    for (Index c = 0; c < 3; ++c) EXPECT_EQ(y.view()(r, c), bias.view()[c]);
  }
}

TEST_P(GemmTest, ProductsOfNoRowsDoNothing) {
  Factor x(0, 8, precision_, 1);
  Factor w(4, 8, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> y({0, 4});
  MultiplyPacked(x.operand, packed, nullptr, false, y.view());
  Factor d_y(0, 4, precision_, 3);
  Tensor<float> gradient = RandomMatrix(4, 8, 4);
  const Tensor<float> before = RandomMatrix(4, 8, 4);
  AccumulateWeightGradient(d_y.operand, x.operand, gradient.view());
  for (Index i = 0; i < gradient.size(); ++i) EXPECT_EQ(gradient.view()[i], before.view()[i]);
}

TEST_P(GemmTest, PackingAgainTakesTheNewValues) {
  Factor x(5, 64, precision_, 1);
  Factor w(6, 64, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> before({5, 6});
  MultiplyPacked(x.operand, packed, nullptr, false, before.view());
  for (float& value : w.values.view().span()) value *= 2.0f;
  packed.Pack(w.values.view());
  Tensor<float> after({5, 6});
  MultiplyPacked(x.operand, packed, nullptr, false, after.view());
  for (Index i = 0; i < 30; ++i) EXPECT_EQ(after.view()[i], 2.0f * before.view()[i]);
}

TEST_P(GemmTest, RepeatedProductsAreIdentical) {
  Factor x(67, 160, precision_, 1);
  Factor w(200, 160, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> first({67, 200});
  Tensor<float> second({67, 200});
  MultiplyPacked(x.operand, packed, nullptr, false, first.view());
  MultiplyPacked(x.operand, packed, nullptr, false, second.view());
  for (Index i = 0; i < first.size(); ++i) ASSERT_EQ(first.view()[i], second.view()[i]);
}

TEST_P(GemmTest, WorkersShareAPackedMatrix) {
  Factor x(17, 96, precision_, 1);
  Factor w(130, 96, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  const int num_threads = NumThreads();
  std::vector<Tensor<float>> results;
  for (int i = 0; i < 4; ++i) results.emplace_back(Tensor<float>({17, 130}));
  std::vector<std::thread> workers;
  for (Tensor<float>& result : results) {
    workers.emplace_back([&] {
      SetNumThreads(num_threads);
      for (int i = 0; i < 20; ++i) MultiplyPacked(x.operand, packed, nullptr, false, result.view());
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const Tensor<float>& result : results) {
    for (Index i = 0; i < result.size(); ++i) {
      ASSERT_EQ(result.view()[i], results[0].view()[i]);
    }
  }
}

TEST_P(GemmTest, RowsDoNotDependOnTheirNeighbours) {
  Factor x(331, 128, precision_, 1);
  Factor w(192, 128, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> all({331, 192});
  MultiplyPacked(x.operand, packed, nullptr, false, all.view());
  for (const Index rows : {1, 2, 7, 16, 33, 64, 100, 129}) {
    Tensor<float> some({rows, 192});
    MultiplyPacked(x.operand.Rows(0, rows), packed, nullptr, false, some.view());
    for (Index i = 0; i < some.size(); ++i) {
      ASSERT_EQ(some.view()[i], all.view()[i]) << rows;
    }
  }
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  const auto [precision, threads] = info.param;
  return std::string(precision == Precision::kFloat32 ? "Float32" : "BFloat16") + "Threads" +
         std::to_string(threads);
}

INSTANTIATE_TEST_SUITE_P(All, GemmTest,
                         testing::Combine(testing::Values(Precision::kFloat32,
                                                          Precision::kBFloat16),
                                          testing::Values(1, 2)),
                         CaseName);

TEST(GemmArgumentsTest, WrongShapesAreProgrammingErrors) {
  Tensor<float> w({4, 8});
  Tensor<float> x({2, 7});
  Tensor<float> y({2, 4});
  PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kFloat32);
  packed.Pack(w.view());
  EXPECT_THROW(MultiplyPacked(Operand(x.view()), packed, nullptr, false, y.view()),
               std::logic_error);
}

// Rounding x and w changes a product by at most this much.
double RoundingBound(ConstView x, Index row, ConstView w, Index output) {
  double most_x = 0.0, most_w = 0.0, sum_x = 0.0, sum_w = 0.0;
  for (Index i = 0; i < x.cols(); ++i) {
    most_x = std::max(most_x, std::fabs(double{x(row, i)}));
    most_w = std::max(most_w, std::fabs(double{w(output, i)}));
    sum_x += std::fabs(x(row, i));
    sum_w += std::fabs(w(output, i));
  }
  const double half_x = most_x / 127.0 / 2.0;
  const double half_w = most_w / 127.0 / 2.0;
  return sum_x * half_w + sum_w * half_x + half_x * half_w * static_cast<double>(x.cols()) + 1e-5;
}

TEST(Int8GemmTest, ProductsAreWithinTheRoundingError) {
  for (const int threads : {1, 2}) {
    const ScopedNumThreads count(threads);
    for (const auto& [m, n, k] : Shapes(threads)) {
      const Tensor<float> w = RandomMatrix(n, k, 2);
      const Tensor<float> bias = RandomMatrix(1, n, 3);
      Tensor<float> x = RandomMatrix(m, k, 1);
      Tensor<float> y = RandomMatrix(m, n, 4);
      const Tensor<float> before = RandomMatrix(m, n, 4);
      const bool accumulate = k % 2 == 0;
      PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
      packed.Pack(w.view());
      MultiplyPacked(Operand(x.view()), packed, bias.data(), accumulate, y.view());
      for (Index r = 0; r < m; ++r) {
        for (Index c = 0; c < n; ++c) {
          double expected = bias.view()[c] + (accumulate ? before.view()(r, c) : 0.0);
          for (Index i = 0; i < k; ++i) expected += double{x.view()(r, i)} * w.view()(c, i);
          ASSERT_NEAR(y.view()(r, c), expected, RoundingBound(x.view(), r, w.view(), c))
              << m << "x" << n << "x" << k;
        }
      }
    }
  }
}

// A matrix rounded as quantize.h defines it, number by number.
struct SlowlyRounded {
  SlowlyRounded(ConstView x, int limit) {
    for (Index r = 0; r < x.rows(); ++r) {
      float most = 0.0f;
      for (Index c = 0; c < x.cols(); ++c) most = std::max(most, std::fabs(x(r, c)));
      scales.push_back(most / static_cast<float>(limit));
      for (Index c = 0; c < x.cols(); ++c) {
        values.push_back(static_cast<std::int64_t>(
            std::nearbyint(x(r, c) * (static_cast<float>(limit) / most))));
      }
    }
  }

  std::vector<float> scales;
  std::vector<std::int64_t> values;
};

TEST(Int8GemmTest, ProductsEqualThoseOfSlowlyRoundedNumbers) {
  for (const int threads : {1, 2}) {
    const ScopedNumThreads count(threads);
    for (const auto& [m, n, k] : Shapes(threads)) {
      const Tensor<float> w = RandomMatrix(n, k, 2);
      Tensor<float> x = RandomMatrix(m, k, 1);
      PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
      packed.Pack(w.view());
      Tensor<float> y({m, n});
      MultiplyPacked(Operand(x.view()), packed, nullptr, false, y.view());
      const SlowlyRounded a(x.view(), 127);
      const SlowlyRounded b(w.view(), 127);
      for (Index r = 0; r < m; ++r) {
        for (Index c = 0; c < n; ++c) {
          const std::int64_t sum =
              std::inner_product(a.values.begin() + r * k, a.values.begin() + (r + 1) * k,
                                 b.values.begin() + c * k, std::int64_t{0});
          const double expected = double{a.scales[r]} * b.scales[c] * static_cast<double>(sum);
          ASSERT_NEAR(y.view()(r, c), expected, 3e-7 * std::fabs(expected))
              << m << "x" << n << "x" << k << " at " << r << ", " << c;
        }
      }
    }
  }
}

TEST(Int8GemmTest, TheMostInputsDoNotOverflow) {
  Tensor<float> w({16, onednn::kMaxInt8Inputs});
  Tensor<float> x({2, onednn::kMaxInt8Inputs});
  Tensor<float> y({2, 16});
  for (const float sign : {1.0f, -1.0f}) {
    std::ranges::fill(w.view().span(), sign);
    std::fill_n(x.view().row(0), onednn::kMaxInt8Inputs, 1.0f);
    std::fill_n(x.view().row(1), onednn::kMaxInt8Inputs, -1.0f);
    PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
    packed.Pack(w.view());
    MultiplyPacked(Operand(x.view()), packed, nullptr, false, y.view());
    for (Index c = 0; c < 16; ++c) {
      ASSERT_NEAR(y.view()(0, c), sign * onednn::kMaxInt8Inputs, 0.1);
      ASSERT_NEAR(y.view()(1, c), -sign * onednn::kMaxInt8Inputs, 0.1);
    }
  }
  PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
  EXPECT_THROW(packed.Pack(Tensor<float>({1, onednn::kMaxInt8Inputs + 1}).view()),
               std::logic_error);
}

TEST(Int8GemmTest, RowsOfZerosAreTheBiasAndRowsWithNaNAreNaN) {
  Tensor<float> x = RandomMatrix(5, 70, 1);
  PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
  packed.Pack(RandomMatrix(40, 70, 2).view());
  const Tensor<float> bias = RandomMatrix(1, 40, 3);
  Tensor<float> expected({5, 40}), got({5, 40});
  MultiplyPacked(Operand(x.view()), packed, bias.data(), false, expected.view());
  std::fill_n(x.view().row(1), 70, 0.0f);
  x.view()(3, 69) = std::numeric_limits<float>::quiet_NaN();
  x.view()(4, 0) = -std::numeric_limits<float>::infinity();
  MultiplyPacked(Operand(x.view()), packed, bias.data(), false, got.view());
  for (Index c = 0; c < 40; ++c) {
    EXPECT_EQ(got.view()(0, c), expected.view()(0, c));
    EXPECT_EQ(got.view()(1, c), bias.view()[c]);
    EXPECT_EQ(got.view()(2, c), expected.view()(2, c));
    EXPECT_TRUE(std::isnan(got.view()(3, c)));
    EXPECT_TRUE(std::isnan(got.view()(4, c)));
  }
}

// Every sum of two neighbouring products at its largest, which is what processors without VNNI add
// in 16 bits.
TEST(Int8GemmTest, SumsOfExtremeValuesDoNotSaturate) {
  constexpr Index kInputs = 1000;
  Tensor<float> w({70, kInputs});
  Tensor<float> x({5, kInputs});
  Tensor<float> y({5, 70});
  for (const float sign_x : {1.0f, -1.0f}) {
    for (const float sign_w : {1.0f, -1.0f}) {
      std::ranges::fill(w.view().span(), sign_w);
      std::ranges::fill(x.view().span(), sign_x);
      PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
      packed.Pack(w.view());
      MultiplyPacked(Operand(x.view()), packed, nullptr, false, y.view());
      for (const float value : y.view().span()) {
        ASSERT_NEAR(value, sign_x * sign_w * kInputs, 1e-3);
      }
    }
  }
}

// Numbers that rounding leaves alone, so that the product is that of the integers.
TEST(Int8GemmTest, ProductsOfIntegersAreExact) {
  const auto integers = [](Index rows, Index cols, int limit, std::uint64_t key) {
    Tensor<float> matrix({rows, cols});
    RandomStream random(key);
    for (float& value : matrix.view().span()) {
      value = static_cast<float>(static_cast<int>(random.Below(2 * limit + 1)) - limit);
    }
    for (Index r = 0; r < rows; ++r) matrix.view()(r, 0) = static_cast<float>(limit);
    return matrix;
  };
  for (const auto& [m, n, k] : Shapes(1)) {
    Tensor<float> x = integers(m, k, 127, 1);
    const Tensor<float> w = integers(n, k, 127, 2);
    PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
    packed.Pack(w.view());
    Tensor<float> y({m, n});
    MultiplyPacked(Operand(x.view()), packed, nullptr, false, y.view());
    for (Index r = 0; r < m; ++r) {
      for (Index c = 0; c < n; ++c) {
        double expected = 0.0;
        for (Index i = 0; i < k; ++i) expected += double{x.view()(r, i)} * w.view()(c, i);
        ASSERT_NEAR(y.view()(r, c), expected, 1e-6 * std::fabs(expected))
            << m << "x" << n << "x" << k;
      }
    }
  }
}

TEST(Int8GemmTest, RoundedWeightsArePackedAsTheyAre) {
  for (const Index k : {64, 70}) {
    const Tensor<float> w = RandomMatrix(50, k, 2);
    Tensor<float> x = RandomMatrix(9, k, 1);
    Tensor<std::int8_t> values({50, k});
    std::vector<float> scales(50);
    QuantizeWeights(w.view(), values.view(), scales);
    PackedMatrix from_float32(PackedMatrix::Side::kForward, Precision::kInt8);
    PackedMatrix from_rounded(PackedMatrix::Side::kForward, Precision::kInt8);
    from_float32.Pack(w.view());
    from_rounded.Pack(QuantizedView{values.view(), scales.data()});
    EXPECT_EQ(from_rounded.inputs(), k);
    EXPECT_EQ(from_rounded.outputs(), 50);
    Tensor<float> expected({9, 50}), got({9, 50});
    MultiplyPacked(Operand(x.view()), from_float32, nullptr, false, expected.view());
    MultiplyPacked(Operand(x.view()), from_rounded, nullptr, false, got.view());
    EXPECT_TRUE(std::ranges::equal(got.view().span(), expected.view().span()));
  }
}

TEST(Int8GemmTest, RowsDoNotDependOnTheirNeighbours) {
  Tensor<float> x = RandomMatrix(70, 96, 1);
  PackedMatrix packed(PackedMatrix::Side::kForward, Precision::kInt8);
  packed.Pack(RandomMatrix(50, 96, 2).view());
  Tensor<float> all({70, 50});
  MultiplyPacked(Operand(x.view()), packed, nullptr, false, all.view());
  for (Index r = 0; r < 70; ++r) {
    Tensor<float> one({1, 50});
    MultiplyPacked(Operand(x.view().Rows(r, r + 1)), packed, nullptr, false, one.view());
    for (Index c = 0; c < 50; ++c) ASSERT_EQ(one.view()[c], all.view()(r, c));
  }
}

TEST(Int8GemmTest, BackwardProductsDoNotExist) {
  EXPECT_THROW(PackedMatrix(PackedMatrix::Side::kBackward, Precision::kInt8), std::logic_error);
}

TEST(GemmPeakTest, IsASpeedAndLeavesTheThreadsAlone) {
  const ScopedNumThreads count(2);
  EXPECT_GT(MeasureGemmPeak(Precision::kFloat32, 1), 1e8);
  EXPECT_EQ(NumThreads(), 2);
}

TEST(HardwarePeakTest, IsASpeedAndLeavesTheThreadsAlone) {
  const ScopedNumThreads count(2);
  EXPECT_GT(MeasureHardwarePeak(Precision::kFloat32, 1), 1e9);
  EXPECT_EQ(MeasureHardwarePeak(Precision::kBFloat16, 1) > 0, BFloat16IsFast());
#if defined(__x86_64__)
  EXPECT_GT(MeasureHardwarePeak(Precision::kInt8, 2), 1e9);
#endif
  EXPECT_EQ(NumThreads(), 2);
}

TEST(ProductLibraryTest, TextNamesTheLibrary) {
  EXPECT_EQ(ProductLibraryText().rfind("oneDNN ", 0), 0u) << ProductLibraryText();
}

}  // namespace
}  // namespace talmach
