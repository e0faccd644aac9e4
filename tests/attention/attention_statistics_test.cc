#include "attention/attention_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace talmach {
namespace {

AttentionMap SmallMap() {
  return {.source = {"▁a", "▁b", ".", "</s>"},
          .target = {"▁x", "▁y", "▁z", "</s>"},
          .weights = {0.0f, 1.0f, 0.0f, 0.0f,      //
                      0.25f, 0.25f, 0.25f, 0.25f,  //
                      0.0f, 0.5f, 0.5f, 0.0f,      //
                      0.0f, 0.0f, 0.0f, 1.0f}};
}

TEST(AttentionStatisticsTest, MatchesHandComputedNumbers) {
  const AttentionNumbers numbers = MeasureAttention(SmallMap());
  EXPECT_NEAR(numbers.entropy, (std::log(4.0) + std::log(2.0)) / 4, 1e-12);
  EXPECT_NEAR(numbers.sharpness, (1 + 0.25 + 0.5 + 1) / 4, 1e-12);
  EXPECT_NEAR(numbers.coverage, (0.25 + 1 + 0.75) / 3, 1e-12);
  EXPECT_NEAR(numbers.monotonicity, 1.0 / 2, 1e-12);  // b → a backwards, a → b forwards
  EXPECT_NEAR(numbers.end_share, 1.25 / 4, 1e-12);
  EXPECT_NEAR(numbers.punctuation_share, 0.75 / 4, 1e-12);
}

TEST(AttentionStatisticsTest, StayingAtAPlaceIsNoWayBack) {
  const AttentionMap map{.source = {"a", "b"},
                         .target = {"x", "y", "z"},
                         .weights = {0.1f, 0.9f, 0.2f, 0.8f, 0.7f, 0.3f}};
  EXPECT_EQ(MeasureAttention(map).monotonicity, 1.0 / 2);  // b → b stays, b → a goes back
}

TEST(AttentionStatisticsTest, UniformAttentionHasTheLargestEntropy) {
  const AttentionMap map{
      .source = {"a", "b", "c"}, .target = {"x"}, .weights = {1.f / 3, 1.f / 3, 1.f / 3}};
  EXPECT_NEAR(MeasureAttention(map).entropy, std::log(3.0), 1e-6);
}

TEST(AttentionStatisticsTest, CorporaAverageOverUnitsNotLines) {
  AttentionStatistics statistics;
  statistics.Add(SmallMap());
  statistics.Add({.source = {"a"}, .target = {"x"}, .weights = {1.0f}});
  EXPECT_EQ(statistics.num_lines(), 2);
  EXPECT_NEAR(statistics.Numbers().sharpness, (1 + 0.25 + 0.5 + 1 + 1) / 5, 1e-12);
}

TEST(AttentionStatisticsTest, LayersAreComparedRowByRowByTheirMagnitude) {
  AttentionMap map{.source = {"a", "b", "c"},
                   .target = {"x", "y", "z"},
                   .weights = {0.1f, 0.3f, 0.6f, 0.2f, 0.5f, 0.3f, 0.2f, 0.2f, 0.6f}};
  map.layers.push_back({.name = "same", .values = {1, 2, -3, 0, 9, 4, 5, 5, 6}});
  // τ of the rows: −1, undefined, (2 − 0) / √(2 · 3).
  map.layers.push_back({.name = "other", .values = {3, 2, 1, 7, 7, 7, 1, 2, 3}});
  const AttentionNumbers numbers = MeasureAttention(map);
  ASSERT_EQ(numbers.kendall_tau.size(), 2u);
  EXPECT_EQ(numbers.kendall_tau[0].first, "same");
  EXPECT_NEAR(numbers.kendall_tau[0].second, 1, 1e-12);
  EXPECT_EQ(numbers.kendall_tau[1].first, "other");
  EXPECT_NEAR(numbers.kendall_tau[1].second, (-1 + 2 / std::sqrt(6.0)) / 2, 1e-12);
}

TEST(AttentionStatisticsTest, NothingToAverageIsNaN) {
  EXPECT_TRUE(std::isnan(MeasureAttention(AttentionMap{}).entropy));
  EXPECT_TRUE(std::isnan(MeasureAttention(AttentionMap{.target = {"x"}}).sharpness));
}

TEST(IsPunctuationTest, KnowsMarksOfAllScripts) {
  for (const char* unit : {".", "▁-", "。", "،", "«", "...", "€", "▁\""}) {
    EXPECT_TRUE(IsPunctuation(unit)) << unit;
  }
  for (const char* unit : {"", "▁", "a.", "▁I", "犬", "7", "\xFF"}) {
    EXPECT_FALSE(IsPunctuation(unit)) << unit;
  }
}

}  // namespace
}  // namespace talmach
