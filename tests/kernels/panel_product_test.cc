#include "kernels/panel_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/kernel_test_support.h"
#include "support/random_matrix.h"

namespace talmach {
namespace {

struct Shape {
  Index m, n, k;
};

// Every number of rows up to several tiles with every tail of a panel, few and many steps of the
// inner dimension, and one of each that is divided into slabs and blocks.
std::vector<Shape> Shapes() {
  std::vector<Shape> shapes;
  for (Index m = 1; m <= 70; ++m) shapes.push_back({m, 1 + m * 7 % 67, 1 + m * 3 % 11});
  for (Index n = 1; n <= 70; ++n) shapes.push_back({1 + n % 7, n, 1 + n % 5});
  for (Index k = 1; k <= 70; ++k) shapes.push_back({1 + k % 3, 17, k});
  for (const Index k : {127, 128, 129, 255, 256, 257, 511, 512, 513, 1025}) {
    shapes.push_back({3, 20, k});
  }
  shapes.insert(shapes.end(), {{191, 33, 40}, {193, 64, 300}, {400, 40, 7}, {13, 150, 600}});
  return shapes;
}

Tensor<float> PanelsOf(const Tensor<float>& matrix) {  // [k, n]
  const Index k = matrix.view().rows();
  const Index n = matrix.view().cols();
  Tensor<float> panels({PanelsSize(k, n)});
  PackPanels({.values = matrix.data(), .rows = k, .cols = n, .row_stride = n, .col_stride = 1},
             panels.data());
  return panels;
}

Tensor<float> Multiply(const Tensor<float>& x, Index rows, const Tensor<float>& panels, Index n,
                       const float* bias = nullptr) {
  Tensor<float> y({rows, n});
  MultiplyPanels({.x = x.data(),
                  .m = rows,
                  .k = x.view().cols(),
                  .panels = panels.data(),
                  .n = n,
                  .bias = bias,
                  .y = y.data()});
  return y;
}

void ExpectTheDefinition(const Shape& shape, bool with_bias, bool accumulate) {
  const auto& [m, n, k] = shape;
  const Tensor<float> x = RandomMatrix(m, k, 1);
  const Tensor<float> w = RandomMatrix(k, n, 2);
  const Tensor<float> bias = RandomMatrix(1, n, 3);
  const Tensor<float> before = RandomMatrix(m, n, 4);
  Tensor<float> y = RandomMatrix(m, n, 4);
  MultiplyPanels({.x = x.data(),
                  .m = m,
                  .k = k,
                  .panels = PanelsOf(w).data(),
                  .n = n,
                  .bias = with_bias ? bias.data() : nullptr,
                  .accumulate = accumulate,
                  .y = y.data()});
  for (Index r = 0; r < m; ++r) {
    for (Index c = 0; c < n; ++c) {
      double expected = accumulate ? before.view()(r, c) : 0.0;
      if (with_bias) expected += bias.view()[c];
      for (Index i = 0; i < k; ++i) expected += double{x.view()(r, i)} * w.view()(i, c);
      ASSERT_NEAR(y.view()(r, c), expected, 1e-6 * static_cast<double>(k + 1))
          << m << "x" << n << "x" << k << " at " << r << ", " << c;
    }
  }
}

TEST(PanelProductTest, EqualsTheDefinitionForEveryTail) {
  ForEachTarget([] {
    Index count = 0;
    for (const Shape& shape : Shapes()) {
      ++count;
      ExpectTheDefinition(shape, count % 2 == 0, count % 3 == 0);
    }
  });
}

// What the header promises, in scalar arithmetic: chains of 256 steps, fused or not.
float SumOfChains(ConstView x, Index row, ConstView w, Index column, float start, bool fused) {
  float sum = start;
  for (Index begin = 0; begin < x.cols(); begin += 256) {
    float chain = 0.0f;
    for (Index i = begin; i < std::min(begin + 256, x.cols()); ++i) {
      const float product = x(row, i) * w(i, column);
      chain = fused ? std::fma(x(row, i), w(i, column), chain) : chain + product;
    }
    sum += chain;
  }
  return sum;
}

TEST(PanelProductTest, EveryElementIsASumOfChainsInOrder) {
  ForEachTarget([] {
    for (const auto& [m, n, k] : std::vector<Shape>{{1, 5, 9}, {7, 40, 300}, {200, 18, 600}}) {
      const Tensor<float> x = RandomMatrix(m, k, 1);
      const Tensor<float> w = RandomMatrix(k, n, 2);
      const Tensor<float> bias = RandomMatrix(1, n, 3);
      const Tensor<float> y = Multiply(x, m, PanelsOf(w), n, bias.data());
      const auto all_are = [&](bool fused) {
        for (Index r = 0; r < y.view().rows(); ++r) {
          for (Index c = 0; c < y.view().cols(); ++c) {
            const float start = bias.view()[c];
            if (y.view()(r, c) != SumOfChains(x.view(), r, w.view(), c, start, fused)) return false;
          }
        }
        return true;
      };
      EXPECT_TRUE(all_are(true) || all_are(false)) << m << "x" << n << "x" << k;
    }
  });
}

TEST(PanelProductTest, BitsDependNeitherOnTheNumberOfRowsNorOnThreads) {
  constexpr Index kRows = 211;
  struct Sizes {
    Index n;
    Index k;
  };
  for (const Sizes sizes : {Sizes{75, 300}, Sizes{1024, 64}}) {
    const Index n = sizes.n;
    const Index k = sizes.k;
    const Tensor<float> x = RandomMatrix(kRows, k, 1);
    const Tensor<float> panels = PanelsOf(RandomMatrix(k, n, 2));
    ForEachTarget([&] {
      const Tensor<float> all = Multiply(x, kRows, panels, n);
      for (const int num_threads : {1, 2, 5}) {
        const ScopedNumThreads count(num_threads);
        for (const Index rows : {1, 2, 3, 4, 5, 6, 7, 8, 13, 64, 100, 193, 211}) {
          const Tensor<float> some = Multiply(x, rows, panels, n);
          for (Index i = 0; i < some.size(); ++i) {
            ASSERT_EQ(some.data()[i], all.data()[i]) << rows << " rows, " << num_threads;
          }
        }
      }
    });
  }
}

TEST(PanelProductTest, WeightGradientsEqualTheDefinitionForEveryTail) {
  ForEachTarget([] {
    for (const auto& [m, n, k] : Shapes()) {
      const Tensor<float> d_y = RandomMatrix(m, n, 1);
      const Tensor<float> x = RandomMatrix(m, k, 2);
      const Tensor<float> before = RandomMatrix(n, k, 3);
      Tensor<float> d_w = RandomMatrix(n, k, 3);
      AccumulateTransposed(
          {.d_y = d_y.data(), .x = x.data(), .m = m, .n = n, .k = k, .d_w = d_w.data()});
      for (Index r = 0; r < n; ++r) {
        for (Index c = 0; c < k; ++c) {
          double expected = before.view()(r, c);
          for (Index i = 0; i < m; ++i) expected += double{d_y.view()(i, r)} * x.view()(i, c);
          ASSERT_NEAR(d_w.view()(r, c), expected, 1e-6 * static_cast<double>(m + 1))
              << m << "x" << n << "x" << k << " at " << r << ", " << c;
        }
      }
    }
  });
}

TEST(PanelProductTest, WeightGradientsDoNotDependOnThreads) {
  const Tensor<float> d_y = RandomMatrix(300, 150, 1);
  const Tensor<float> x = RandomMatrix(300, 90, 2);
  ForEachTarget([&] {
    Tensor<float> one({150, 90});
    AccumulateTransposed(
        {.d_y = d_y.data(), .x = x.data(), .m = 300, .n = 150, .k = 90, .d_w = one.data()});
    for (const int num_threads : {2, 3}) {
      const ScopedNumThreads count(num_threads);
      Tensor<float> more({150, 90});
      AccumulateTransposed(
          {.d_y = d_y.data(), .x = x.data(), .m = 300, .n = 150, .k = 90, .d_w = more.data()});
      ExpectSameBits(more, one);
    }
  });
}

TEST(PanelProductTest, ProductsOfNothingWriteNothing) {
  Tensor<float> x = RandomMatrix(4, 4, 1);
  float guard = 7.0f;
  MultiplyPanels({.x = x.data(), .m = 0, .k = 4, .panels = x.data(), .n = 1, .y = &guard});
  MultiplyPanels({.x = x.data(), .m = 4, .k = 4, .panels = x.data(), .n = 0, .y = &guard});
  AccumulateTransposed({.d_y = x.data(), .x = x.data(), .m = 0, .n = 1, .k = 1, .d_w = &guard});
  AccumulateTransposed({.d_y = x.data(), .x = x.data(), .m = 1, .n = 0, .k = 1, .d_w = &guard});
  EXPECT_EQ(guard, 7.0f);
}

// Columns that do not exist are neither read nor written: the matrices end where they end.
TEST(PanelProductTest, WritesItsRowsAlone) {
  ForEachTarget([] {
    for (Index n = 1; n <= 35; ++n) {
      const Tensor<float> x = RandomMatrix(7, 5, 1);
      const Tensor<float> panels = PanelsOf(RandomMatrix(5, n, 2));
      Tensor<float> y({8, n});
      for (float& value : y.view().span()) value = -1024.0f;
      MultiplyPanels(
          {.x = x.data(), .m = 7, .k = 5, .panels = panels.data(), .n = n, .y = y.data()});
      for (Index c = 0; c < n; ++c) {
        ASSERT_NE(y.view()(6, c), -1024.0f);
        ASSERT_EQ(y.view()(7, c), -1024.0f);
      }
    }
  });
}

struct Int8Factors {
  Int8Factors(const Shape& shape, int limit) {
    const auto& [m, n, k] = shape;
    RandomStream random(static_cast<std::uint64_t>(m * 1000003 + n * 1009 + k));
    const auto next = [&](bool extreme) {
      const int levels = 2 * limit + 1;
      return extreme ? (random.Below(2) == 0 ? -limit : limit)
                     : static_cast<int>(random.Below(levels)) - limit;
    };
    for (Index i = 0; i < m * k; ++i) {
      x.push_back(static_cast<std::uint8_t>(next(m % 2 == 0) + 128));
    }
    for (Index i = 0; i < n * k; ++i) w.push_back(static_cast<std::int8_t>(next(n % 2 == 0)));
    panels.resize(static_cast<std::size_t>(Int8PanelsSize(k, n)));
    PackInt8Panels({.values = w.data(), .rows = k, .cols = n, .row_stride = 1, .col_stride = k},
                   panels.data());
  }

  std::vector<std::uint8_t> x;  // [m, k]
  std::vector<std::int8_t> w;   // [n, k]
  std::vector<std::int8_t> panels;
};

TEST(Int8PanelProductTest, IsExactForEveryTailAndForExtremes) {
  ForEachTarget([] {
    for (const Shape& shape : Shapes()) {
      const auto& [m, n, k] = shape;
      const Int8Factors factors(shape, 127);
      std::vector<std::int32_t> y(static_cast<std::size_t>(m * n + 1), -7);
      MultiplyInt8Panels({.x = factors.x.data(),
                          .offset = 128,
                          .m = m,
                          .k = k,
                          .panels = factors.panels.data(),
                          .n = n,
                          .y = y.data()});
      for (Index r = 0; r < m; ++r) {
        for (Index c = 0; c < n; ++c) {
          std::int32_t expected = 0;
          for (Index i = 0; i < k; ++i) {
            expected += (factors.x[r * k + i] - 128) * factors.w[c * k + i];
          }
          ASSERT_EQ(y[r * n + c], expected) << m << "x" << n << "x" << k;
        }
      }
      ASSERT_EQ(y.back(), -7);
    }
  });
}

TEST(Int8PanelProductTest, DoesNotDependOnThreads) {
  const Shape shape = {70, 300, 130};
  const Int8Factors factors(shape, 127);
  std::vector<std::vector<std::int32_t>> results;
  for (const int num_threads : {1, 2, 3}) {
    const ScopedNumThreads count(num_threads);
    results.emplace_back(static_cast<std::size_t>(shape.m * shape.n));
    MultiplyInt8Panels({.x = factors.x.data(),
                        .offset = 128,
                        .m = shape.m,
                        .k = shape.k,
                        .panels = factors.panels.data(),
                        .n = shape.n,
                        .y = results.back().data()});
  }
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], results[0]);
}

}  // namespace
}  // namespace talmach
