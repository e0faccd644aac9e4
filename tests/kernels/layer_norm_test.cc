#include "kernels/layer_norm.h"

#include <gtest/gtest.h>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

// y for one block in double precision.
std::vector<double> Normalise(const std::vector<double>& x, const std::vector<double>& gain,
                              const std::vector<double>& bias) {
  const double size = static_cast<double>(x.size());
  double mean = 0.0;
  for (const double value : x) mean += value / size;
  double variance = 0.0;
  for (const double value : x) variance += (value - mean) * (value - mean) / size;
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = gain[i] * (x[i] - mean) / std::sqrt(variance + 1e-5) + bias[i];
  }
  return y;
}

std::vector<double> Doubles(const float* from, Index count) { return {from, from + count}; }

// Σ weights ∘ Normalise(x, gain, bias): a number whose gradients are the backward pass of weights.
struct Objective {
  std::vector<double> x, gain, bias, weights;

  double operator()() const {
    const std::vector<double> y = Normalise(x, gain, bias);
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += weights[i] * y[i];
    return sum;
  }
  double Slope(std::vector<double> Objective::*input, Index i) const {
    constexpr double kStep = 1e-5;
    Objective above = *this;
    Objective below = *this;
    (above.*input)[static_cast<std::size_t>(i)] += kStep;
    (below.*input)[static_cast<std::size_t>(i)] -= kStep;
    return (above() - below()) / (2.0 * kStep);
  }
};

// Rows of blocks in wider matrices.
struct Case {
  Case(Index num_rows, Index blocks, Index block_size)
      : rows(num_rows),
        num_blocks(blocks),
        size(block_size),
        width(blocks * block_size),
        x(numbers.Matrix(rows, width + 3, 2.0f)),
        gain(numbers.Matrix(1, width, 2.0f)),
        bias(numbers.Matrix(1, width)),
        d_y(numbers.Matrix(rows, width + 1)),
        y({rows, width + 2}),
        normalised({rows, width}),
        inverse_deviation({rows, blocks}) {}

  void Forward() {
    LayerNormForward({.x = x.view(),
                      .num_blocks = num_blocks,
                      .block_size = size,
                      .gain = gain.data(),
                      .bias = bias.data(),
                      .y = y.view(),
                      .normalised = normalised.view(),
                      .inverse_deviation = inverse_deviation.view()});
  }
  void Backward(const Operand& d_x, std::vector<float>& d_gain, std::vector<float>& d_bias) {
    LayerNormBackward({.d_y = d_y.view(),
                       .normalised = normalised.view(),
                       .inverse_deviation = inverse_deviation.view(),
                       .num_blocks = num_blocks,
                       .block_size = size,
                       .gain = gain.data(),
                       .d_x = d_x,
                       .d_gain = d_gain.data(),
                       .d_bias = d_bias.data()});
  }
  Objective At(Index row, Index block) const {
    const Index offset = block * size;
    return {Doubles(x.view().row(row) + offset, size), Doubles(gain.data() + offset, size),
            Doubles(bias.data() + offset, size), Doubles(d_y.view().row(row) + offset, size)};
  }

  TestNumbers numbers{11};
  Index rows, num_blocks, size, width;
  Tensor<float> x, gain, bias, d_y, y, normalised, inverse_deviation;
};

TEST(LayerNormTest, ForwardNormalisesEachBlockOfEachRow) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      Case c(3, 3, size);
      c.Forward();
      for (Index row = 0; row < c.rows; ++row) {
        for (Index block = 0; block < c.num_blocks; ++block) {
          const Objective at = c.At(row, block);
          const std::vector<double> y = Normalise(at.x, at.gain, at.bias);
          for (Index i = 0; i < size; ++i) {
            ASSERT_NEAR(c.y.view()(row, block * size + i), y[static_cast<std::size_t>(i)], 2e-5)
                << size << ": " << row << ", " << block << ", " << i;
          }
        }
        ASSERT_EQ(c.y.view()(row, c.width), 0.0f);  // columns past the blocks are left alone
      }
    }
  });
}

TEST(LayerNormTest, WorksInPlaceAndWithoutKeepingAnything) {
  ForEachTargetAndThreads([] {
    Case c(3, 2, 37);
    c.Forward();
    LayerNormForward({.x = c.x.view(),
                      .num_blocks = 2,
                      .block_size = 37,
                      .gain = c.gain.data(),
                      .bias = c.bias.data(),
                      .y = c.x.view()});
    for (Index row = 0; row < 3; ++row) {
      for (Index i = 0; i < c.width; ++i) ASSERT_EQ(c.x.view()(row, i), c.y.view()(row, i));
    }
  });
}

TEST(LayerNormTest, IsAccurateFarFromZero) {
  ForEachTargetAndThreads([] {
    Tensor<float> x({1, 64});
    for (Index i = 0; i < 64; ++i) x.data()[i] = 1000.0f + static_cast<float>(i % 2);
    const std::vector<float> ones(64, 1.0f);
    const std::vector<float> zeros(64, 0.0f);
    LayerNormForward({.x = x.view(),
                      .num_blocks = 1,
                      .block_size = 64,
                      .gain = ones.data(),
                      .bias = zeros.data(),
                      .y = x.view()});
    for (Index i = 0; i < 64; ++i) EXPECT_NEAR(x.data()[i], i % 2 == 0 ? -1.0 : 1.0, 1e-4);
  });
}

TEST(LayerNormTest, BackwardMatchesFiniteDifferences) {
  ForEachTargetAndThreads([] {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const Index size : {2, 3, 8, 15, 16, 17, 31, 33, 67}) {
        Case c(3, 2, size);
        c.Forward();
        TestOperand d_x(precision, c.rows, c.width + 5);
        std::vector<float> d_gain(static_cast<std::size_t>(c.width), 0.5f);
        std::vector<float> d_bias(static_cast<std::size_t>(c.width), 0.25f);
        c.Backward(d_x.operand(), d_gain, d_bias);
        for (Index block = 0; block < 2; ++block) {
          for (Index i = 0; i < size; ++i) {
            const Index column = block * size + i;
            double gain_slope = 0.5;
            double bias_slope = 0.25;
            for (Index row = 0; row < c.rows; ++row) {
              const Objective at = c.At(row, block);
              const double expected = at.Slope(&Objective::x, i);
              ASSERT_NEAR(d_x(row, column), expected, 1e-4 + d_x.Tolerance(expected));
              gain_slope += at.Slope(&Objective::gain, i);
              bias_slope += at.Slope(&Objective::bias, i);
            }
            ASSERT_NEAR(d_gain[static_cast<std::size_t>(column)], gain_slope, 1e-5);
            ASSERT_NEAR(d_bias[static_cast<std::size_t>(column)], bias_slope, 1e-5);
          }
        }
        ASSERT_EQ(d_x(0, c.width), TestOperand::kMarker);
      }
    }
  });
}

TEST(LayerNormTest, BackwardMayReplaceTheGradientAndIsRepeatable) {
  ForEachTargetAndThreads([] {
    Case c(40, 3, 515);
    c.Forward();
    Tensor<float> d_x({c.rows, c.width + 1});
    std::vector<float> d_gain(static_cast<std::size_t>(c.width));
    std::vector<float> d_bias(d_gain.size());
    c.Backward(Operand(d_x.view()), d_gain, d_bias);
    std::vector<float> d_gain_again(d_gain.size());
    std::vector<float> d_bias_again(d_gain.size());
    c.Backward(Operand(c.d_y.view()), d_gain_again, d_bias_again);
    EXPECT_EQ(d_gain_again, d_gain);
    EXPECT_EQ(d_bias_again, d_bias);
    for (Index row = 0; row < c.rows; ++row) {
      for (Index i = 0; i < c.width; ++i) ASSERT_EQ(c.d_y.view()(row, i), d_x.view()(row, i));
    }
  });
}

TEST(LayerNormTest, RefusesShapesThatDoNotFit) {
  Tensor<float> x({2, 8});
  const std::vector<float> gain(9);
  const auto forward = [&](Index num_blocks, Index block_size, View normalised) {
    LayerNormForward({.x = x.view(),
                      .num_blocks = num_blocks,
                      .block_size = block_size,
                      .gain = gain.data(),
                      .bias = gain.data(),
                      .y = x.view(),
                      .normalised = normalised});
  };
  EXPECT_NO_THROW(forward(2, 4, {}));
  EXPECT_THROW(forward(3, 3, {}), std::logic_error);
  EXPECT_THROW(forward(2, 4, x.view().Rows(0, 1)), std::logic_error);
}

}  // namespace
}  // namespace talmach
