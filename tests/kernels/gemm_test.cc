#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "kernels/parallel.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

Tensor<float> RandomMatrix(Index rows, Index cols, std::uint64_t key) {
  Tensor<float> matrix({rows, cols});
  RandomStream random(key);
  for (float& value : matrix.view().span()) value = random.Uniform() * 2.0f - 1.0f;
  return matrix;
}

// A matrix in the given precision, and the values it holds after rounding.
struct RoundedMatrix {
  RoundedMatrix(Index rows, Index cols, Precision precision, std::uint64_t key)
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

std::vector<Shape> Shapes() {
  std::vector<Shape> shapes = {{1, 1, 1},     {2, 3, 5},     {1, 64, 64},  {64, 1, 64},
                               {64, 64, 1},   {65, 127, 63}, {63, 65, 31}, {127, 129, 95},
                               {200, 35, 96}, {129, 5, 40},  {37, 96, 64}, {128, 192, 256}};
  for (Index k = 1; k <= 130; ++k) shapes.push_back({1 + k % 7, 1 + k * 5 % 71, k});
  return shapes;
}

// Bounds the error of a sum of k products of values below one in float32.
double Tolerance(Index k) { return 1e-6 * static_cast<double>(k) + 1e-6; }

using Case = std::tuple<Precision, int>;

class GemmTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    precision_ = std::get<0>(GetParam());
    before_ = NumThreads();
    SetNumThreads(std::get<1>(GetParam()));
  }
  void TearDown() override { SetNumThreads(before_); }

  void CheckPackedProduct(const Shape& shape, PackedMatrix::Side side, bool bias, bool accumulate) {
    const bool forward = side == PackedMatrix::Side::kForward;
    const auto [m, n, k] = shape;
    RoundedMatrix x(m, k, precision_, 1);
    RoundedMatrix w(forward ? n : k, forward ? k : n, precision_, 2);
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
  int before_ = 0;
};

TEST_P(GemmTest, ForwardProductsEqualTheDefinition) {
  for (const Shape& shape : Shapes()) {
    CheckPackedProduct(shape, PackedMatrix::Side::kForward, shape.k % 2 == 0, false);
  }
}

TEST_P(GemmTest, BackwardProductsEqualTheDefinition) {
  for (const Shape& shape : Shapes()) {
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
  for (const Shape& shape : Shapes()) {
    const auto [n, k, m] = shape;
    RoundedMatrix d_y(m, n, precision_, 5);
    RoundedMatrix x(m, k, precision_, 6);
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
  RoundedMatrix x(0, 8, precision_, 1);
  RoundedMatrix w(4, 8, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> y({0, 4});
  MultiplyPacked(x.operand, packed, nullptr, false, y.view());
  RoundedMatrix d_y(0, 4, precision_, 3);
  Tensor<float> gradient = RandomMatrix(4, 8, 4);
  const Tensor<float> before = RandomMatrix(4, 8, 4);
  AccumulateWeightGradient(d_y.operand, x.operand, gradient.view());
  for (Index i = 0; i < gradient.size(); ++i) EXPECT_EQ(gradient.view()[i], before.view()[i]);
}

TEST_P(GemmTest, PackingAgainTakesTheNewValues) {
  RoundedMatrix x(5, 64, precision_, 1);
  RoundedMatrix w(6, 64, precision_, 2);
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
  RoundedMatrix x(67, 160, precision_, 1);
  RoundedMatrix w(200, 160, precision_, 2);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision_);
  packed.Pack(w.values.view());
  Tensor<float> first({67, 200});
  Tensor<float> second({67, 200});
  MultiplyPacked(x.operand, packed, nullptr, false, first.view());
  MultiplyPacked(x.operand, packed, nullptr, false, second.view());
  for (Index i = 0; i < first.size(); ++i) ASSERT_EQ(first.view()[i], second.view()[i]);
}

TEST_P(GemmTest, WorkersShareAPackedMatrix) {
  RoundedMatrix x(17, 96, precision_, 1);
  RoundedMatrix w(130, 96, precision_, 2);
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
  EXPECT_THROW(MultiplyTransposed(x.view(), w.view(), y.view()), std::logic_error);
}

TEST(MultiplyTransposedTest, EqualsTheDefinition) {
  for (const Shape& shape : Shapes()) {
    const auto [m, n, k] = shape;
    const Tensor<float> a = RandomMatrix(m, k, 1);
    const Tensor<float> b = RandomMatrix(n, k, 2);
    Tensor<float> c({m, n});
    MultiplyTransposed(a.view(), b.view(), c.view());
    for (Index r = 0; r < m; ++r) {
      for (Index col = 0; col < n; ++col) {
        double expected = 0.0;
        for (Index i = 0; i < k; ++i) expected += double{a.view()(r, i)} * b.view()(col, i);
        ASSERT_NEAR(c.view()(r, col), expected, Tolerance(k));
      }
    }
  }
}

TEST(ProductLibraryTest, TextNamesTheLibrary) {
  EXPECT_EQ(ProductLibraryText().rfind("oneDNN ", 0), 0u) << ProductLibraryText();
}

}  // namespace
}  // namespace talmach
