#include "attention/rank_correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "base/types.h"

namespace talmach {
namespace {

// The definition, pair by pair.
double EveryPair(const std::vector<float>& x, const std::vector<float>& y) {
  const auto sign = [](float a, float b) { return static_cast<double>((a < b) - (b < a)); };
  double agreement = 0, untied_x = 0, untied_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      agreement += sign(x[i], x[j]) * sign(y[i], y[j]);
      untied_x += x[i] != x[j];
      untied_y += y[i] != y[j];
    }
  }
  return agreement / std::sqrt(untied_x * untied_y);
}

TEST(KendallTauTest, IsOneForTheSameOrderAndMinusOneForTheReverse) {
  const std::vector<float> x = {0.1f, 0.5f, 0.3f, 0.7f};
  EXPECT_DOUBLE_EQ(KendallTau(x, std::vector<float>{1, 3, 2, 9}), 1);
  EXPECT_DOUBLE_EQ(KendallTau(x, std::vector<float>{9, 2, 3, 1}), -1);
}

TEST(KendallTauTest, MatchesHandComputedNumbers) {
  // 5 pairs are ordered alike and 1 is not.
  EXPECT_DOUBLE_EQ(KendallTau(std::vector<float>{1, 2, 3, 4}, std::vector<float>{1, 3, 2, 4}),
                   4.0 / 6);
  // Of 6 pairs one is tied in x alone and one in y alone; the other four agree.
  EXPECT_DOUBLE_EQ(KendallTau(std::vector<float>{1, 1, 2, 3}, std::vector<float>{1, 2, 3, 3}),
                   4.0 / 5);
}

TEST(KendallTauTest, IsUndefinedWithoutAnOrder) {
  EXPECT_TRUE(std::isnan(KendallTau({}, {})));
  EXPECT_TRUE(std::isnan(KendallTau(std::vector<float>{1}, std::vector<float>{1})));
  EXPECT_TRUE(std::isnan(KendallTau(std::vector<float>{1, 2, 3}, std::vector<float>{4, 4, 4})));
}

TEST(KendallTauTest, AgreesWithTheDefinitionOnRandomListsWithTies) {
  RandomStream random(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> x, y;
    const auto size = 2 + random.Below(20);
    for (std::uint64_t i = 0; i < size; ++i) {
      x.push_back(static_cast<float>(random.Below(6)));
      y.push_back(static_cast<float>(random.Below(9)));
    }
    const double expected = EveryPair(x, y);
    if (std::isnan(expected)) continue;
    EXPECT_NEAR(KendallTau(x, y), expected, 1e-12);
  }
}

}  // namespace
}  // namespace talmach
