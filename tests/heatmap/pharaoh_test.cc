#include "heatmap/pharaoh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "heatmap/word_units.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;

// "Das Mädchen schläft </s>" → "The girl sleeps </s>" with one word that looks at the end.
AttentionMap SmallMap() {
  return {.source = {"▁Das", "▁Mäd", "chen", "▁schläft", "</s>"},
          .target = {"▁The", "▁girl", "▁sleeps", "</s>"},
          .weights = {0.7f, 0.1f, 0.1f, 0.05f, 0.05f,  //
                      0.1f, 0.3f, 0.4f, 0.1f,  0.1f,   //
                      0.0f, 0.1f, 0.1f, 0.2f,  0.6f,   //
                      0.0f, 0.0f, 0.0f, 0.1f,  0.9f}};
}

TEST(HardAlignmentTest, LinksEachTargetUnitToItsMaximum) {
  EXPECT_EQ(ToPharaoh(HardAlignment(SmallMap(), EndLinks::kKeep)), "0-0 2-1 4-2 4-3");
}

TEST(HardAlignmentTest, UnitsThatLookAtTheEndHaveNoLink) {
  EXPECT_EQ(ToPharaoh(HardAlignment(SmallMap())), "0-0 2-1");
}

TEST(HardAlignmentTest, WordsCarryTheSumOfTheirPieces) {
  EXPECT_EQ(ToPharaoh(HardAlignment(MergeWords(SmallMap()))), "0-0 1-1");
}

TEST(HardAlignmentTest, TheFirstOfEqualsWins) {
  const AttentionMap map{.source = {"a", "b"}, .target = {"c"}, .weights = {0.5f, 0.5f}};
  EXPECT_EQ(ToPharaoh(HardAlignment(map)), "0-0");
}

TEST(HardAlignmentTest, NothingAlignsWithNothing) {
  EXPECT_EQ(ToPharaoh(HardAlignment(AttentionMap{})), "");
  EXPECT_EQ(ToPharaoh(HardAlignment(AttentionMap{.target = {"c"}})), "");
}

TEST(HardAlignmentTest, IsSortedBySource) {
  const AttentionMap map{.source = {"a", "b"}, .target = {"c", "d"}, .weights = {0, 1, 1, 0}};
  EXPECT_EQ(ToPharaoh(HardAlignment(map)), "0-1 1-0");
}

TEST(ThresholdAlignmentTest, TakesEveryPairAtOrAboveTheThreshold) {
  EXPECT_EQ(ToPharaoh(ThresholdAlignment(SmallMap(), 0.2)), "0-0 1-1 2-1 3-2");
  EXPECT_EQ(ToPharaoh(ThresholdAlignment(SmallMap(), 0.6, EndLinks::kKeep)), "0-0 4-2 4-3");
}

TEST(SoftAlignmentTest, WritesMariansFormat) {
  const AttentionMap map{
      .source = {"a", "</s>"}, .target = {"c", "</s>"}, .weights = {0.75f, 0.25f, 1.0f / 3, 1e-7f}};
  EXPECT_EQ(SoftAlignment(map), "0.75,0.25 0.333333,1e-07");
}

TEST(ShiftRowsTest, ReadsEachLinkOneStepLater) {
  AttentionMap map = SmallMap();
  map.layers = {{.name = "saliency", .values = map.weights}};
  const AttentionMap shifted = ShiftRows(map);
  for (Index t = 0; t < 3; ++t) {
    EXPECT_TRUE(std::ranges::equal(shifted.Row(t), map.Row(t + 1)));
  }
  EXPECT_TRUE(std::ranges::equal(shifted.Row(3), map.Row(3)));
  EXPECT_EQ(shifted.layers[0].values, shifted.weights);
  EXPECT_TRUE(ShiftRows(AttentionMap{}).weights.empty());
}

TEST(GrowDiagFinalAndTest, GrowsFromTheIntersection) {
  // (1,1) is a neighbour of (0,0) and reaches unlinked words; (3,3) is none but joins two unlinked
  // words; (0,3) would reach only one unlinked word from afar and is left out.
  const Alignment forward = {{0, 0}, {1, 1}, {3, 3}};
  const Alignment backward = {{0, 0}, {0, 3}};
  EXPECT_EQ(ToPharaoh(GrowDiagFinalAnd(forward, backward)), "0-0 1-1 3-3");
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
  const Alignment backward = {{0, 0}, {1, 1}};
  EXPECT_EQ(GrowDiagFinalAnd(forward, backward), backward);
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

TEST(TransposeTest, SwapsTheSides) {
  EXPECT_THAT(Transpose({{0, 3}, {1, 0}}), ElementsAre(AlignmentLink{0, 1}, AlignmentLink{3, 0}));
}

}  // namespace
}  // namespace talmach
