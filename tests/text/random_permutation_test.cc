#include "text/random_permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace talmach {
namespace {

std::vector<Index> Elements(std::uint64_t key, Index size) {
  const RandomPermutation permutation(key, size);
  std::vector<Index> elements;
  for (Index i = 0; i < size; ++i) elements.push_back(permutation(i));
  return elements;
}

TEST(RandomPermutationTest, HoldsEveryElementOnce) {
  for (const Index size : {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4097}) {
    std::vector<Index> seen = Elements(7, size);
    std::sort(seen.begin(), seen.end());
    std::vector<Index> expected(static_cast<std::size_t>(size));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(seen, expected) << size;
  }
}

TEST(RandomPermutationTest, DependsOnTheKey) {
  EXPECT_EQ(Elements(1, 100), Elements(1, 100));
  EXPECT_NE(Elements(1, 100), Elements(2, 100));
}

// Over many keys, each element comes up at each position equally often: χ² with 99 degrees of
// freedom stays below 160 with probability 0.9999.
TEST(RandomPermutationTest, SpreadsElementsEvenly) {
  constexpr Index kSize = 10;
  constexpr int kNumKeys = 20'000;
  std::vector<double> counts(kSize * kSize);
  for (std::uint64_t key = 0; key < kNumKeys; ++key) {
    const RandomPermutation permutation(key, kSize);
    for (Index i = 0; i < kSize; ++i) ++counts[i * kSize + permutation(i)];
  }
  const double expected = static_cast<double>(kNumKeys) / kSize;
  double chi_square = 0;
  for (const double count : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_square, 160);
}

// Neighbouring positions are unrelated: the rank correlation of (i, π(i)) is near 0.
TEST(RandomPermutationTest, LeavesNoTraceOfTheOrder) {
  constexpr Index kSize = 100'000;
  const RandomPermutation permutation(3, kSize);
  double correlation = 0;
  for (Index i = 0; i < kSize; ++i) {
    const auto centred = [](Index value) {
      return (static_cast<double>(value) + 0.5) / kSize - 0.5;
    };
    correlation += 12 * centred(i) * centred(permutation(i)) / kSize;
  }
  EXPECT_LT(std::abs(correlation), 0.02);
}

TEST(RandomPermutationTest, RefusesPositionsOutside) {
  EXPECT_THROW(RandomPermutation(1, 0), std::logic_error);
  EXPECT_THROW(RandomPermutation(1, 5)(5), std::logic_error);
  EXPECT_THROW(RandomPermutation(1, 5)(-1), std::logic_error);
}

}  // namespace
}  // namespace talmach
