#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace talmach {
namespace {

// Known answers published with the Random123 library (kat_vectors, philox4x32 10 rounds).
TEST(RandomTest, PhiloxMatchesPublishedVectors) {
  EXPECT_EQ(Philox4x32(0, 0, 0),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32(~0ull, ~0ull, ~0ull),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32(0x299f31d0a4093822ull, 0x85a308d3243f6a88ull, 0x0370734413198a2eull),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomTest, DerivedKeysDiffer) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t purpose = 0; purpose < 1000; ++purpose) keys.insert(DeriveKey(7, purpose));
  EXPECT_EQ(keys.size(), 1000u);
  EXPECT_NE(DeriveKey(7, 1), DeriveKey(8, 1));
}

TEST(RandomTest, MomentsOfUniformAndNormal) {
  RandomStream stream(1);
  double sum = 0, normal_sum = 0, normal_squares = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const float u = stream.Uniform();
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    sum += u;
    const float g = stream.Normal();
    ASSERT_TRUE(std::isfinite(g));
    normal_sum += g;
    normal_squares += g * g;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / n, 0.0, 0.015);
  EXPECT_NEAR(normal_squares / n, 1.0, 0.02);
}

TEST(RandomTest, BelowCoversItsRangeEvenly) {
  RandomStream stream(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[stream.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

}  // namespace
}  // namespace talmach
