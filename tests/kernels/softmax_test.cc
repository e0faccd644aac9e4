#include "kernels/softmax.h"

#include <gtest/gtest.h>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// log softmax of a row in double precision.
std::vector<double> LogProbabilities(const float* x, Index size) {
  double max = -kInfinity;
  for (Index i = 0; i < size; ++i) max = std::max<double>(max, x[i]);
  double sum = 0.0;
  for (Index i = 0; i < size; ++i) sum += std::exp(x[i] - max);
  std::vector<double> result;
  for (Index i = 0; i < size; ++i) result.push_back(x[i] - max - std::log(sum));
  return result;
}

// The header's loss, term by term.
double Loss(const std::vector<double>& log_p, TokenId target, double smoothing) {
  const double likelihood = log_p[static_cast<std::size_t>(target)];
  if (smoothing == 0.0) return -likelihood;  // not 0 times the infinity of a forbidden token
  double mean = 0.0;
  for (const double value : log_p) mean -= value / static_cast<double>(log_p.size());
  return -(1.0 - smoothing) * likelihood + smoothing * mean;
}

// The results of one call on M rows of V logits; every third row is padding.
struct Case {
  Case(Index num_rows, Index num_columns, float range = 8.0f)
      : rows(num_rows), size(num_columns), logits(TestNumbers(13).Matrix(rows, size, range)) {
    for (Index row = 0; row < rows; ++row) {
      targets.push_back(row % 3 == 2 ? -1 : static_cast<TokenId>((row * 31 + 5) % size));
    }
    losses.assign(targets.size(), -1.0f);
    log_likelihoods.assign(targets.size(), 1.0f);
  }
  void Run(float smoothing, float scale, const Operand& d_logits) {
    SoftmaxCrossEntropy({.logits = logits.view(),
                         .targets = targets,
                         .smoothing = smoothing,
                         .gradient_scale = scale,
                         .d_logits = d_logits,
                         .losses = losses,
                         .log_likelihoods = log_likelihoods});
  }

  Index rows, size;
  Tensor<float> logits;
  std::vector<TokenId> targets;
  std::vector<float> losses, log_likelihoods;
};

void ExpectLossAndGradient(const Case& c, double smoothing, double scale,
                           const TestOperand& d_logits, const Tensor<float>& logits) {
  for (Index row = 0; row < c.rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const TokenId target = c.targets[at];
    const std::vector<double> log_p = LogProbabilities(logits.view().row(row), c.size);
    const double loss = target < 0 ? 0.0 : Loss(log_p, target, smoothing);
    const double likelihood = target < 0 ? 0.0 : log_p[static_cast<std::size_t>(target)];
    ASSERT_NEAR(c.losses[at], loss, 1e-5) << "V = " << c.size << ", row " << row;
    ASSERT_NEAR(c.log_likelihoods[at], likelihood, 1e-5);
    for (Index i = 0; i < c.size; ++i) {
      double gradient = std::exp(log_p[static_cast<std::size_t>(i)]) -
                        smoothing / static_cast<double>(c.size) -
                        (i == target ? 1.0 - smoothing : 0.0);
      if (target < 0) gradient = 0.0;
      ASSERT_NEAR(d_logits(row, i), scale * gradient, 2e-6 + d_logits.Tolerance(scale * gradient));
    }
  }
}

TEST(SoftmaxTest, CrossEntropyMatchesTheDefinition) {
  ForEachTarget([] {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const Index size : TailSizes()) {
        for (const float smoothing : {0.0f, 0.1f}) {
          Case c(4, size);
          TestOperand d_logits(precision, 4, size);
          c.Run(smoothing, 0.5f, d_logits.operand());
          ExpectLossAndGradient(c, smoothing, 0.5, d_logits, c.logits);
        }
      }
    }
  });
}

TEST(SoftmaxTest, TheGradientIsTheSlopeOfTheLoss) {
  Case c(1, 19);
  Tensor<float> d_logits({1, 19});
  c.Run(0.2f, 3.0f, Operand(d_logits.view()));
  for (Index i = 0; i < 19; ++i) {
    // The oracle is in double precision, so a float's spacing bounds the step, not the difference.
    constexpr float kStep = 1.0f / 1024;
    const auto loss_at = [&](float change) {
      Tensor<float> moved = Copy(c.logits);
      moved.data()[i] += change;
      return Loss(LogProbabilities(moved.data(), 19), c.targets[0], 0.2);
    };
    const double width = static_cast<double>(c.logits.data()[i] + kStep) -
                         static_cast<double>(c.logits.data()[i] - kStep);
    EXPECT_NEAR(d_logits.data()[i], 3.0 * (loss_at(kStep) - loss_at(-kStep)) / width, 1e-5);
  }
}

TEST(SoftmaxTest, TheGradientMayReplaceTheLogits) {
  ForEachTargetAndThreads([] {
    for (const Index size : {5, 64, 8001}) {
      Case c(7, size);
      Tensor<float> separate({7, size});
      c.Run(0.1f, 1.0f, Operand(separate.view()));
      const std::vector<float> losses = c.losses;
      c.Run(0.1f, 1.0f, Operand(c.logits.view()));
      EXPECT_EQ(c.losses, losses);
      ExpectSameBits(c.logits, separate);
    }
  });
}

TEST(SoftmaxTest, EvaluationNeedsNoGradient) {
  ForEachTargetAndThreads([] {
    Case c(5, 333);
    Tensor<float> d_logits({5, 333});
    c.Run(0.1f, 1.0f, Operand(d_logits.view()));
    const std::vector<float> losses = c.losses;
    c.Run(0.1f, 1.0f, {});
    EXPECT_EQ(c.losses, losses);
  });
}

TEST(SoftmaxTest, LargeLogitsDoNotOverflow) {
  ForEachTargetAndThreads([] {
    Case c(2, 77, 3e4f);
    TestOperand d_logits(Precision::kFloat32, 2, 77);
    c.Run(0.0f, 1.0f, d_logits.operand());
    for (Index row = 0; row < 2; ++row) {
      const auto at = static_cast<std::size_t>(row);
      const auto log_p = LogProbabilities(c.logits.view().row(row), 77);
      const double expected = log_p[static_cast<std::size_t>(c.targets[at])];
      EXPECT_NEAR(c.log_likelihoods[at], expected, 1e-2);  // 3e4 has a spacing of 2e-3
      double sum = 0.0;
      for (Index i = 0; i < 77; ++i) sum += d_logits(row, i);
      EXPECT_NEAR(sum, 0.0, 1e-5);
    }
  });
}

TEST(SoftmaxTest, MinusInfinityForbidsATokenWithProbabilityZero) {
  ForEachTargetAndThreads([] {
    Case c(1, 37);
    c.logits.data()[3] = -kInfinity;
    c.logits.data()[36] = -kInfinity;
    Tensor<float> d_logits({1, 37});
    c.Run(0.0f, 1.0f, Operand(d_logits.view()));
    EXPECT_EQ(d_logits.data()[3], 0.0f);
    EXPECT_EQ(d_logits.data()[36], 0.0f);
    EXPECT_NEAR(c.losses[0], Loss(LogProbabilities(c.logits.data(), 37), 5, 0.0), 1e-5);

    Tensor<float> log_p({1, 37});
    LogSoftmax(c.logits.view(), log_p.view());
    EXPECT_EQ(log_p.data()[3], -kInfinity);
    EXPECT_NEAR(log_p.data()[5], c.log_likelihoods[0], 1e-6);

    c.targets[0] = 3;
    c.Run(0.0f, 1.0f, Operand(d_logits.view()));
    EXPECT_EQ(c.losses[0], kInfinity);
    EXPECT_EQ(d_logits.data()[3], -1.0f);
    c.targets[0] = 5;
    c.Run(0.1f, 1.0f, Operand(d_logits.view()));
    EXPECT_EQ(c.losses[0], kInfinity);  // smoothing wants some probability everywhere
    EXPECT_NEAR(d_logits.data()[3], -0.1 / 37, 1e-8);
  });
}

TEST(SoftmaxTest, NaNAndPlusInfinityGiveNaN) {
  ForEachTargetAndThreads([] {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity}) {
      for (const Index place : {0, 15, 16, 36}) {
        Case c(2, 37);
        c.logits.view()(0, place) = bad;
        c.Run(0.1f, 1.0f, {});
        EXPECT_TRUE(std::isnan(c.losses[0])) << bad << " at " << place;
        EXPECT_FALSE(std::isnan(c.losses[1]));
      }
    }
  });
}

TEST(SoftmaxTest, LogSoftmaxMatchesTheDefinition) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      const Tensor<float> logits = TestNumbers(17).Matrix(3, size, 20.0f);
      Tensor<float> log_p({3, size});
      LogSoftmax(logits.view(), log_p.view());
      for (Index row = 0; row < 3; ++row) {
        const std::vector<double> expected = LogProbabilities(logits.view().row(row), size);
        for (Index i = 0; i < size; ++i) {
          ASSERT_NEAR(log_p.view()(row, i), expected[static_cast<std::size_t>(i)], 1e-5);
        }
      }
    }
  });
}

TEST(SoftmaxTest, LogSumExpIsWhatLogSoftmaxSubtracts) {
  ForEachTargetAndThreads([] {
    for (const Index size : {1, 5, 37, 64, 1001}) {
      Tensor<float> logits = TestNumbers(18).Matrix(5, size, 20.0f);
      if (size > 1) logits.view()(1, 1) = -kInfinity;
      logits.view()(3, 0) = std::numeric_limits<float>::quiet_NaN();
      Tensor<float> log_p({5, size});
      LogSoftmax(logits.view(), log_p.view());
      std::vector<float> log_sums(5);
      LogSumExp(logits.view(), log_sums);
      for (const Index row : {0, 1, 2, 4}) {
        for (Index i = 0; i < size; ++i) {
          ASSERT_EQ(log_p.view()(row, i), logits.view()(row, i) - log_sums[row]);
        }
      }
      EXPECT_TRUE(std::isnan(log_sums[3]));
    }
  });
}

TEST(SoftmaxTest, LogSoftmaxOfARowWithANaNIsNaN) {
  ForEachTargetAndThreads([] {
    Tensor<float> logits({1, 20});
    for (float& logit : logits.view().span()) logit = -kInfinity;
    logits.data()[17] = std::numeric_limits<float>::quiet_NaN();
    LogSoftmax(logits.view(), logits.view());
    for (const float log_p : logits.view().span()) EXPECT_TRUE(std::isnan(log_p));
  });
}

TEST(SoftmaxTest, ARowDoesNotDependOnItsNeighboursOrTheThreads) {
  constexpr Index kRows = 13;
  constexpr Index kSize = 8003;
  ForEachTargetAndThreads([] {
    Case all(kRows, kSize);
    Tensor<float> d_logits({kRows, kSize});
    all.Run(0.1f, 1.0f, Operand(d_logits.view()));
    Tensor<float> alone({1, kSize});
    std::vector<float> loss(1);
    std::vector<float> likelihood(1);
    SoftmaxCrossEntropy({.logits = all.logits.view().Rows(7, 8),
                         .targets = std::span(all.targets).subspan(7, 1),
                         .smoothing = 0.1f,
                         .d_logits = Operand(alone.view()),
                         .losses = loss,
                         .log_likelihoods = likelihood});
    EXPECT_EQ(loss[0], all.losses[7]);
    EXPECT_EQ(likelihood[0], all.log_likelihoods[7]);
    for (Index i = 0; i < kSize; ++i) ASSERT_EQ(alone.data()[i], d_logits.view()(7, i));
  });
}

TEST(SoftmaxTest, RefusesTargetsOutsideTheVocabulary) {
  Case c(1, 10);
  c.targets[0] = 10;
  EXPECT_THROW(c.Run(0.0f, 1.0f, {}), std::logic_error);
  c.targets[0] = -2;
  EXPECT_THROW(c.Run(0.0f, 1.0f, {}), std::logic_error);
}

}  // namespace
}  // namespace talmach
