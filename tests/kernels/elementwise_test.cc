#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"

namespace talmach {
namespace {

// Calls body(rows, cols) for tails of every length, and for one matrix that two threads share.
template <typename Body>
void ForEachShape(const Body& body) {
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) body(Index{2}, cols);
  });
  const ScopedNumThreads count(2);
  body(Index{77}, Index{1021});
}

TEST(ElementwiseTest, TanhIsAccurate) {
  ForEachShape([](Index rows, Index cols) {
    Tensor<float> x = RandomMatrix(rows, cols, 1);
    for (float& value : x.view().span()) value *= 12.0f;
    Tensor<float> y({rows, cols});
    Tanh(x.view(), y.view());
    for (Index i = 0; i < x.size(); ++i) {
      ASSERT_NEAR(y.view()[i], std::tanh(double{x.view()[i]}), 5e-7) << x.view()[i];
    }
    Tanh(x.view(), x.view());
    for (Index i = 0; i < x.size(); ++i) ASSERT_EQ(x.view()[i], y.view()[i]) << "in place";
  });
}

TEST(ElementwiseTest, TanhBackwardUsesTheValue) {
  ForEachShape([](Index rows, Index cols) {
    Tensor<float> d_y = RandomMatrix(rows, cols, 1);
    const Tensor<float> y = RandomMatrix(rows, cols, 2);
    Tensor<float> d_x({rows, cols});
    Tensor<BFloat16> rounded({rows, cols});
    TanhBackward(d_y.view(), y.view(), Operand(d_x.view()));
    TanhBackward(d_y.view(), y.view(), Operand(rounded.view()));
    for (Index i = 0; i < y.size(); ++i) {
      const double value = y.view()[i];
      ASSERT_NEAR(d_x.view()[i], d_y.view()[i] * (1.0 - value * value), 2e-7);
      ASSERT_EQ(rounded.view()[i].bits, BFloat16(d_x.view()[i]).bits);
    }
    TanhBackward(d_y.view(), y.view(), Operand(d_y.view()));
    for (Index i = 0; i < y.size(); ++i) ASSERT_EQ(d_y.view()[i], d_x.view()[i]) << "in place";
  });
}

TEST(ElementwiseTest, MaxoutTakesTheLargerOfEachPair) {
  ForEachShape([](Index rows, Index cols) {
    const Tensor<float> x = RandomMatrix(rows, 2 * cols, 1);
    Tensor<float> y({rows, cols});
    Maxout(x.view(), y.view());
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < cols; ++c) {
        ASSERT_EQ(y.view()(r, c), std::fmax(x.view()(r, 2 * c), x.view()(r, 2 * c + 1)));
      }
    }
  });
}

TEST(ElementwiseTest, MaxoutBackwardFollowsTheLarger) {
  ForEachShape([](Index rows, Index cols) {
    Tensor<float> x = RandomMatrix(rows, 2 * cols, 1);
    x.view()[1] = x.view()[0];  // a tie goes to the first
    const Tensor<float> d_y = RandomMatrix(rows, cols, 2);
    Tensor<float> d_x({rows, 2 * cols});
    Tensor<BFloat16> rounded({rows, 2 * cols});
    MaxoutBackward(d_y.view(), x.view(), Operand(d_x.view()));
    MaxoutBackward(d_y.view(), x.view(), Operand(rounded.view()));
    for (Index i = 0; i < d_y.size(); ++i) {
      const bool first = x.view()[2 * i] >= x.view()[2 * i + 1];
      ASSERT_EQ(d_x.view()[2 * i], first ? d_y.view()[i] : 0.0f);
      ASSERT_EQ(d_x.view()[2 * i + 1], first ? 0.0f : d_y.view()[i]);
      ASSERT_EQ(rounded.view()[2 * i].bits, BFloat16(d_x.view()[2 * i]).bits);
    }
  });
}

TEST(ElementwiseTest, AddAddsEachElement) {
  ForEachShape([](Index rows, Index cols) {
    const Tensor<float> x = RandomMatrix(rows, cols, 1);
    const Tensor<float> before = RandomMatrix(rows, cols, 2);
    Tensor<float> y = RandomMatrix(rows, cols, 2);
    Add(x.view(), y.view());
    for (Index i = 0; i < x.size(); ++i) {
      ASSERT_EQ(y.view()[i], before.view()[i] + x.view()[i]);
    }
  });
}

TEST(ElementwiseTest, EmptyMatricesAreFine) {
  Tensor<float> none({0, 5});
  Tanh(none.view(), none.view());
  Maxout(Tensor<float>({0, 10}).view(), none.view());
  Add(none.view(), none.view());
  TanhBackward(none.view(), none.view(), Operand(none.view()));
  EXPECT_THROW(Maxout(Tensor<float>({1, 5}).view(), Tensor<float>({1, 2}).view()),
               std::logic_error);
}

}  // namespace
}  // namespace talmach
