#include "attention/attention_links.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "attention/word_units.h"

namespace talmach {
namespace {

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
  const AttentionMap map{
      .source = {"a", "b"}, .target = {"c", "d"}, .weights = {0.2f, 0.8f, 0.9f, 0.1f}};
  EXPECT_EQ(ToPharaoh(HardAlignment(map)), "0-1 1-0");
}

TEST(HardAlignmentTest, TheEndAndUnitsThatLookAtItHaveNoLink) {
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
  EXPECT_EQ(ToPharaoh(ThresholdAlignment(SmallMap(), 0.6)), "0-0");  // nothing to </s>
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

TEST(SoftAlignmentTest, WritesMariansFormat) {
  const AttentionMap map{
      .source = {"a", "</s>"}, .target = {"c", "</s>"}, .weights = {0.75f, 0.25f, 1.0f / 3, 1e-7f}};
  EXPECT_EQ(SoftAlignment(map), "0.75,0.25 0.333333,1e-07");
}

}  // namespace
}  // namespace talmach
