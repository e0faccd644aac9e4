// Accuracy of the vector functions against double precision, for every instruction set.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd_test.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

std::int64_t CompiledTarget() { return HWY_TARGET; }

void ExpOfAll(const float* x, Index size, float* y) {
  ForEachVector(
      size, [&](Index i, auto lanes) SIMD_LAMBDA { Store(Exp(Load(x + i, lanes)), y + i, lanes); });
}

void TanhOfAll(const float* x, Index size, float* y) {
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { Store(Tanh(Load(x + i, lanes)), y + i, lanes); });
}

void SigmoidOfAll(const float* x, Index size, float* y) {
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { Store(Sigmoid(Load(x + i, lanes)), y + i, lanes); });
}

void RoundAll(const float* x, Index size, BFloat16* y) {
  ForEachVector(size,
                [&](Index i, auto lanes) SIMD_LAMBDA { Store(Load(x + i, lanes), y + i, lanes); });
}

void WidenAll(const BFloat16* x, Index size, float* y) {
  ForEachVector(size,
                [&](Index i, auto lanes) SIMD_LAMBDA { Store(Load(x + i, lanes), y + i, lanes); });
}

float SumAll(const float* x, Index size) {
  Vec sum = Zeros();
  ForEachVector(size,
                [&](Index i, auto lanes) SIMD_LAMBDA { sum = hn::Add(sum, Load(x + i, lanes)); });
  return SumOfLanes(sum);
}

float MaxOfAll(const float* x, Index size) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Vec max = Broadcast(kLowest);
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { max = hn::Max(max, Load(x + i, lanes, kLowest)); });
  return MaxOfLanes(max);
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

HWY_EXPORT(CompiledTarget);
HWY_EXPORT(ExpOfAll);
HWY_EXPORT(TanhOfAll);
HWY_EXPORT(SigmoidOfAll);
HWY_EXPORT(RoundAll);
HWY_EXPORT(WidenAll);
HWY_EXPORT(SumAll);
HWY_EXPORT(MaxOfAll);

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Arguments from −limit to limit, dense, and denser around zero.
std::vector<float> DenseRange(float limit) {
  std::vector<float> values;
  const int steps = 100000;
  for (int i = -steps; i <= steps; ++i) {
    values.push_back(limit * static_cast<float>(i) / static_cast<float>(steps));
  }
  for (float value = 1e-44f; value < limit; value = 1.01f * value + 1e-45f) {
    values.push_back(value);
    values.push_back(-value);
  }
  return values;
}

template <typename Function>
std::vector<float> Apply(const Function& function, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  function(x.data(), static_cast<Index>(x.size()), y.data());
  return y;
}

std::vector<float> Exp(const std::vector<float>& x) {
  return Apply(HWY_DYNAMIC_DISPATCH(ExpOfAll), x);
}
std::vector<float> Tanh(const std::vector<float>& x) {
  return Apply(HWY_DYNAMIC_DISPATCH(TanhOfAll), x);
}
std::vector<float> Sigmoid(const std::vector<float>& x) {
  return Apply(HWY_DYNAMIC_DISPATCH(SigmoidOfAll), x);
}

TEST(SimdTest, DispatchFollowsTheTargetOfTheTest) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    EXPECT_EQ(HWY_DYNAMIC_DISPATCH(CompiledTarget)(), target) << hwy::TargetName(target);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(SimdTest, TanhIsWithin3e7AndNeverLargerThanOne) {
  ForEachTarget([] {
    const std::vector<float> x = DenseRange(12.0f);
    const std::vector<float> y = Tanh(x);
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, std::abs(y[i] - std::tanh(static_cast<double>(x[i]))));
      ASSERT_LE(std::abs(y[i]), 1.0f) << x[i];
      ASSERT_EQ(std::signbit(y[i]), std::signbit(x[i])) << x[i];
    }
    EXPECT_LT(worst, 3e-7);
  });
}

TEST(SimdTest, TanhOfTinyNumbersIsExact) {
  ForEachTarget([] {
    for (const float x : {0.0f, 1e-45f, 1e-40f, 1.2e-38f, 1e-20f, 1e-5f}) {
      EXPECT_EQ(Tanh({x})[0], x);
      EXPECT_EQ(Tanh({-x})[0], -x);
    }
  });
}

TEST(SimdTest, TanhSaturatesAndKeepsNaN) {
  ForEachTarget([] {
    for (const float x : {9.0f, 88.0f, 1e30f, std::numeric_limits<float>::max(), kInfinity}) {
      EXPECT_NEAR(Tanh({x})[0], 1.0f, 3e-7f);
      EXPECT_NEAR(Tanh({-x})[0], -1.0f, 3e-7f);
    }
    EXPECT_TRUE(std::isnan(Tanh({kNaN})[0]));
    EXPECT_TRUE(std::isnan(Tanh({-kNaN})[0]));
  });
}

TEST(SimdTest, SigmoidIsWithin2e7AndBetweenZeroAndOne) {
  ForEachTarget([] {
    const std::vector<float> x = DenseRange(30.0f);
    const std::vector<float> y = Sigmoid(x);
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, std::abs(y[i] - 1.0 / (1.0 + std::exp(-static_cast<double>(x[i])))));
      ASSERT_GE(y[i], 0.0f) << x[i];
      ASSERT_LE(y[i], 1.0f) << x[i];
    }
    EXPECT_LT(worst, 2e-7);
    EXPECT_NEAR(Sigmoid({kInfinity})[0], 1.0f, 2e-7f);
    EXPECT_NEAR(Sigmoid({-kInfinity})[0], 0.0f, 2e-7f);
    EXPECT_EQ(Sigmoid({0.0f})[0], 0.5f);
    EXPECT_TRUE(std::isnan(Sigmoid({kNaN})[0]));
  });
}

TEST(SimdTest, ExpIsWithin2e7) {
  ForEachTarget([] {
    std::vector<float> x = DenseRange(87.0f);
    for (float value = 87.0f; value <= 88.0f; value += 1e-4f) x.push_back(value);
    x.insert(x.end(), {88.0f, -87.0f});
    const std::vector<float> y = Exp(x);
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, std::abs(y[i] / std::exp(static_cast<double>(x[i])) - 1.0));
    }
    EXPECT_LT(worst, 2e-7);
    EXPECT_EQ(Exp({0.0f})[0], 1.0f);
    EXPECT_EQ(Exp({-0.0f})[0], 1.0f);
  });
}

TEST(SimdTest, ExpUnderflowsToZeroAndOverflowsToInfinity) {
  ForEachTarget([] {
    for (const float x : {-87.7f, -88.0f, -103.0f, -1e4f, -1e30f, -kInfinity}) {
      EXPECT_EQ(Exp({x})[0], 0.0f) << x;
    }
    for (const float x : {88.4f, 88.73f, 89.0f, 128.0f, 1e4f, 1e30f, kInfinity}) {
      EXPECT_EQ(Exp({x})[0], kInfinity) << x;
    }
    EXPECT_NEAR(Exp({-87.5f})[0], 9.984e-39f, 1e-41f);  // denormal
    EXPECT_TRUE(std::isnan(Exp({kNaN})[0]));
    EXPECT_TRUE(std::isnan(Exp({-kNaN})[0]));
    EXPECT_TRUE(std::isnan(Exp({std::bit_cast<float>(0x7f800001u)})[0]));
  });
}

// Every upper half with lower halves around the points where rounding turns.
std::vector<float> RoundingCases() {
  std::vector<float> values;
  for (std::uint32_t upper = 0; upper < 0x10000u; ++upper) {
    for (const std::uint32_t lower : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      const std::uint32_t bits = upper << 16 | lower;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      values.push_back(value);
    }
  }
  return values;
}

TEST(SimdTest, BFloat16RoundsLikeTheScalarTypeIncludingNaN) {
  ForEachTarget([] {
    const std::vector<float> x = RoundingCases();
    std::vector<BFloat16> y(x.size());
    HWY_DYNAMIC_DISPATCH(RoundAll)(x.data(), static_cast<Index>(x.size()), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(y[i].bits, BFloat16(x[i]).bits) << x[i] << " at " << i;
    }
  });
}

TEST(SimdTest, BFloat16WidensExactly) {
  ForEachTarget([] {
    std::vector<BFloat16> x(0x10000);
    for (std::size_t i = 0; i < x.size(); ++i) x[i].bits = static_cast<std::uint16_t>(i);
    std::vector<float> y(x.size());
    HWY_DYNAMIC_DISPATCH(WidenAll)(x.data(), static_cast<Index>(x.size()), y.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float expected = x[i].ToFloat();
      ASSERT_EQ(std::memcmp(&y[i], &expected, sizeof expected), 0) << i;
    }
  });
}

// Loads and stores must not touch memory past the end: the vectors are exactly as long as asked, so
// AddressSanitizer would see it; here a guard behind the result shows stray stores.
TEST(SimdTest, TailsOfEveryLengthAreReadAndWrittenExactly) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      const auto count = static_cast<std::size_t>(size);
      std::vector<float> x(count);
      double sum = 0.0;
      for (std::size_t i = 0; i < count; ++i) x[i] = -1.0f - static_cast<float>(i % 7);
      for (const float value : x) sum += value;
      EXPECT_EQ(HWY_DYNAMIC_DISPATCH(SumAll)(x.data(), size), static_cast<float>(sum));
      EXPECT_EQ(HWY_DYNAMIC_DISPATCH(MaxOfAll)(x.data(), size), -1.0f);

      std::vector<BFloat16> halves(count + 1, BFloat16(9.0f));
      HWY_DYNAMIC_DISPATCH(RoundAll)(x.data(), size, halves.data());
      EXPECT_EQ(halves[count].ToFloat(), 9.0f);
      std::vector<float> back(count + 1, 9.0f);
      HWY_DYNAMIC_DISPATCH(WidenAll)(halves.data(), size, back.data());
      EXPECT_EQ(back[count], 9.0f);
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(back[i], x[i]) << i << " of " << size;
    }
  });
}

}  // namespace
}  // namespace talmach

#endif  // HWY_ONCE
