#include "alignment/symmetrisation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"

namespace talmach {
namespace {

Alignment GrowDiagFinalAnd(const Alignment& forward, const Alignment& reverse) {
  return Symmetrise(Symmetrisation::kGrowDiagFinalAnd, forward, reverse);
}

TEST(SymmetriseTest, SetsOfLinks) {
  const Alignment forward = {{0, 0}, {1, 1}};
  const Alignment reverse = {{1, 1}, {2, 0}};
  EXPECT_EQ(Symmetrise(Symmetrisation::kForward, forward, reverse), forward);
  EXPECT_EQ(Symmetrise(Symmetrisation::kReverse, forward, reverse), reverse);
  EXPECT_EQ(ToPharaoh(Symmetrise(Symmetrisation::kIntersection, forward, reverse)), "1-1");
  EXPECT_EQ(ToPharaoh(Symmetrise(Symmetrisation::kUnion, forward, reverse)), "0-0 1-1 2-0");
}

TEST(GrowDiagFinalAndTest, GrowsFromTheIntersection) {
  // (1,1) is a neighbour of (0,0) and reaches unlinked words; (3,3) is none but joins two unlinked
  // words; (0,3) would reach only one unlinked word from afar and is left out.
  const Alignment forward = {{0, 0}, {1, 1}, {3, 3}};
  const Alignment reverse = {{0, 0}, {0, 3}};
  EXPECT_EQ(ToPharaoh(GrowDiagFinalAnd(forward, reverse)), "0-0 1-1 3-3");
}

TEST(GrowDiagFinalAndTest, GrowsThroughNewLinks) {
  const Alignment forward = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
  EXPECT_EQ(GrowDiagFinalAnd(forward, {{0, 0}}), forward);
}

TEST(GrowDiagFinalAndTest, OneWordMayHaveManyLinksWhenTheyTouch) {
  EXPECT_EQ(ToPharaoh(GrowDiagFinalAnd({{0, 0}, {1, 0}, {2, 0}}, {{1, 0}, {1, 2}})), "0-0 1-0 2-0");
}

TEST(GrowDiagFinalAndTest, DoesNotJoinWordsThatAreBothLinked) {
  const Alignment forward = {{0, 0}, {0, 1}, {1, 1}};
  const Alignment reverse = {{0, 0}, {1, 1}};
  EXPECT_EQ(GrowDiagFinalAnd(forward, reverse), reverse);
}

TEST(SymmetriseTest, TheEndsOfGrowingDiffer) {
  // From 0-0: nothing to grow to. 3-3 joins two unlinked words, 5-0 reaches one.
  const Alignment forward = {{0, 0}, {3, 3}, {5, 0}};
  const Alignment reverse = {{0, 0}};
  EXPECT_EQ(ToPharaoh(Symmetrise(Symmetrisation::kGrowDiag, forward, reverse)), "0-0");
  EXPECT_EQ(ToPharaoh(Symmetrise(Symmetrisation::kGrowDiagFinal, forward, reverse)), "0-0 3-3 5-0");
  EXPECT_EQ(ToPharaoh(GrowDiagFinalAnd(forward, reverse)), "0-0 3-3");
}

TEST(GrowDiagFinalAndTest, LiesBetweenIntersectionAndUnion) {
  RandomStream random(3);
  for (int round = 0; round < 200; ++round) {
    std::array<Alignment, 2> directions;
    for (Alignment& alignment : directions) {
      for (Index t = 0; t < 9; ++t) {
        alignment.push_back({static_cast<Index>(random.Below(9)), t});
      }
      std::ranges::sort(alignment);
    }
    const Alignment joined = GrowDiagFinalAnd(directions[0], directions[1]);
    EXPECT_TRUE(std::ranges::is_sorted(joined));
    for (Index s = 0; s < 9; ++s) {
      for (Index t = 0; t < 9; ++t) {
        const bool first = std::ranges::binary_search(directions[0], AlignmentLink{s, t});
        const bool second = std::ranges::binary_search(directions[1], AlignmentLink{s, t});
        const bool in_joined = std::ranges::binary_search(joined, AlignmentLink{s, t});
        EXPECT_TRUE(in_joined || !(first && second));
        EXPECT_TRUE(!in_joined || first || second);
      }
    }
  }
}

}  // namespace
}  // namespace talmach
