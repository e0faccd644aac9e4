#include "kernels/adam_update.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"

namespace talmach {
namespace {

const AdamCoefficients kCoefficients = {.learning_rate = 0.01f,
                                        .beta1 = 0.9f,
                                        .beta2 = 0.98f,
                                        .epsilon = 1e-9f,
                                        .correction1 = 0.271f,
                                        .correction2 = 0.058808f,
                                        .weight_decay = 0.1f,
                                        .gradient_scale = 0.5f,
                                        .ema_decay = 0.999f};

// A slab and all that belongs to it.
struct Slab {
  explicit Slab(Index size)
      : gradient(RandomMatrix(1, size, 1)),
        parameters(RandomMatrix(1, size, 2)),
        first(RandomMatrix(1, size, 3)),
        second(RandomMatrix(1, size, 4)),
        average(RandomMatrix(1, size, 5)) {
    for (float& value : second.view().span()) value = std::fabs(value);
  }
  void Update(bool with_average) {
    EXPECT_TRUE(AdamUpdate({.coefficients = kCoefficients,
                            .gradient = gradient.view().span(),
                            .parameters = parameters.view().span(),
                            .first_moment = first.view().span(),
                            .second_moment = second.view().span(),
                            .average = with_average ? average.view().span() : std::span<float>()}));
  }
  Tensor<float> gradient, parameters, first, second, average;
};

void ExpectEquation(const Slab& before, const Slab& after, bool with_average) {
  const AdamCoefficients& a = kCoefficients;
  for (Index i = 0; i < before.gradient.size(); ++i) {
    const double g = double{a.gradient_scale} * before.gradient.view()[i];
    const double m = a.beta1 * double{before.first.view()[i]} + (1.0 - a.beta1) * g;
    const double v = a.beta2 * double{before.second.view()[i]} + (1.0 - a.beta2) * g * g;
    const double old = before.parameters.view()[i];
    const double value =
        old - a.learning_rate * (m / a.correction1) / (std::sqrt(v / a.correction2) + a.epsilon) -
        a.learning_rate * a.weight_decay * old;
    const double average =
        with_average ? a.ema_decay * double{before.average.view()[i]} + (1.0 - a.ema_decay) * value
                     : before.average.view()[i];
    ASSERT_NEAR(after.first.view()[i], m, 1e-6);
    ASSERT_NEAR(after.second.view()[i], v, 1e-6);
    ASSERT_NEAR(after.parameters.view()[i], value, 1e-6);
    ASSERT_NEAR(after.average.view()[i], average, 1e-6);
  }
}

TEST(AdamUpdateTest, FollowsTheEquation) {
  ForEachSimdTarget([] {
    for (const bool with_average : {false, true}) {
      for (Index size = 1; size <= 67; ++size) {
        const Slab before(size);
        Slab after(size);
        after.Update(with_average);
        ExpectEquation(before, after, with_average);
      }
    }
  });
}

TEST(AdamUpdateTest, IsTheSameForAnyNumberOfThreads) {
  Slab one(100003);
  Slab two(100003);
  {
    const ScopedNumThreads count(1);
    one.Update(true);
  }
  {
    const ScopedNumThreads count(2);
    two.Update(true);
  }
  ExpectEquation(Slab(100003), one, true);
  for (Index i = 0; i < 100003; ++i) {
    ASSERT_EQ(one.parameters.view()[i], two.parameters.view()[i]);
    ASSERT_EQ(one.average.view()[i], two.average.view()[i]);
  }
}

TEST(AdamUpdateTest, ZeroGradientsMoveNothing) {
  std::vector<float> zeros(19, 0.0f), parameters(19, 2.0f), first(19, 0.0f), second(19, 0.0f);
  EXPECT_TRUE(AdamUpdate({.coefficients = {.learning_rate = 0.1f},
                          .gradient = zeros,
                          .parameters = parameters,
                          .first_moment = first,
                          .second_moment = second}));
  for (const float value : parameters) EXPECT_EQ(value, 2.0f);
}

// One element at a time makes something that is not finite, in whole vectors and in the rest.
TEST(AdamUpdateTest, ReportsEveryResultThatIsNotFinite) {
  constexpr std::size_t kSize = 67;
  for (const std::size_t place : {std::size_t{0}, std::size_t{37}, kSize - 1}) {
    const auto update = [&](float rate, float gradient, float parameter, float average) {
      std::vector<float> zeros(kSize, 0.0f);
      std::vector<float> gradients = zeros, parameters = zeros, averages = zeros;
      std::vector<float> first = zeros, second = zeros;
      gradients[place] = gradient;
      parameters[place] = parameter;
      averages[place] = average;
      // Parameters that do not move keep their averages still.
      return AdamUpdate({.coefficients = {.learning_rate = rate, .ema_decay = 0.5f},
                         .gradient = gradients,
                         .parameters = parameters,
                         .first_moment = first,
                         .second_moment = second,
                         .average = averages});
    };
    EXPECT_TRUE(update(1e30f, 1.0f, 1.0f, 1.0f)) << place;
    EXPECT_FALSE(update(3e38f, -1.0f, 3e38f, 1.0f)) << "a parameter, at " << place;
    EXPECT_FALSE(update(0.1f, 1e25f, 1.0f, 1.0f)) << "a second moment, at " << place;
    EXPECT_FALSE(update(0.1f, 0.0f, 3e38f, -3e38f)) << "an average, at " << place;
    EXPECT_FALSE(update(0.1f, NAN, 1.0f, 1.0f)) << "all, at " << place;
  }
}

TEST(AdamUpdateTest, SizesThatDifferAreProgrammingErrors) {
  std::vector<float> three(3), four(4);
  const AdamUpdateCall right = {.coefficients = {},
                                .gradient = four,
                                .parameters = four,
                                .first_moment = four,
                                .second_moment = four,
                                .average = four};
  AdamUpdateCall gradient = right, first = right, second = right, average = right;
  gradient.gradient = first.first_moment = second.second_moment = average.average = three;
  for (const AdamUpdateCall& wrong : {gradient, first, second, average}) {
    EXPECT_THROW((void)AdamUpdate(wrong), std::logic_error);
  }
}

TEST(SumOfSquaresTest, EqualsTheDefinition) {
  ForEachSimdTarget([] {
    for (const int threads : {1, 2}) {
      const ScopedNumThreads count(threads);
      for (const Index size : {0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 67, 1021, 65537}) {
        const Tensor<float> values = RandomMatrix(1, size, 9);
        double expected = 0.0;
        for (const float value : values.view().span()) expected += double{value} * value;
        ASSERT_NEAR(SumOfSquares(values.view().span()), expected, 1e-12 * expected) << size;
      }
    }
  });
}

TEST(SumOfSquaresTest, DoesNotOverflowFloat32) {
  const std::vector<float> values(5, 1e30f);
  EXPECT_NEAR(SumOfSquares(values) / 5e60, 1.0, 1e-6);
}

TEST(SumOfSquaresTest, IsDeterministicForANumberOfThreads) {
  const Tensor<float> values = RandomMatrix(1, 65537, 9);
  for (const int threads : {1, 2, 3}) {
    const ScopedNumThreads count(threads);
    const double first = SumOfSquares(values.view().span());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(SumOfSquares(values.view().span()), first);
  }
}

TEST(SumIntoTest, AddsInTheGivenOrder) {
  ForEachSimdTarget([] {
    for (const Index size : {1, 3, 16, 17, 67, 40009}) {
      const Tensor<float> a = RandomMatrix(1, size, 1);
      const Tensor<float> b = RandomMatrix(1, size, 2);
      const Tensor<float> c = RandomMatrix(1, size, 3);
      const std::vector<std::span<const float>> parts = {a.view().span(), b.view().span(),
                                                         c.view().span()};
      Tensor<float> sum({1, size});
      SumInto(parts, sum.view().span());
      for (Index i = 0; i < size; ++i) {
        ASSERT_EQ(sum.view()[i], a.view()[i] + b.view()[i] + c.view()[i]);
      }
    }
  });
}

TEST(SumIntoTest, TheSumMayBeAPart) {
  const Tensor<float> a = RandomMatrix(1, 50, 1);
  Tensor<float> sum = RandomMatrix(1, 50, 2);
  const Tensor<float> before = RandomMatrix(1, 50, 2);
  const std::vector<std::span<const float>> parts = {a.view().span(), sum.view().span()};
  SumInto(parts, sum.view().span());
  for (Index i = 0; i < 50; ++i) EXPECT_EQ(sum.view()[i], a.view()[i] + before.view()[i]);
}

}  // namespace
}  // namespace talmach
