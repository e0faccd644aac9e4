#include "attention/word_units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

TEST(WordUnitsTest, WordsBeginAtMarks) {
  const std::vector<std::string> pieces = {"▁Ein", "▁Brau", "er", ".", "</s>"};
  EXPECT_THAT(FindWords(pieces), ElementsAre(WordSpan{0, 1}, WordSpan{1, 4}, WordSpan{4, 5}));
}

TEST(WordUnitsTest, AFirstPieceWithoutMarkBeginsAWord) {
  const std::vector<std::string> pieces = {"a", "b", "▁", "c"};
  EXPECT_THAT(FindWords(pieces), ElementsAre(WordSpan{0, 2}, WordSpan{2, 4}));
}

TEST(WordUnitsTest, TheEndIsAUnitOfItsOwn) {
  const std::vector<std::string> pieces = {"a", "</s>", "b"};
  EXPECT_THAT(FindWords(pieces), ElementsAre(WordSpan{0, 1}, WordSpan{1, 2}, WordSpan{2, 3}));
  EXPECT_TRUE(FindWords({}).empty());
}

TEST(WordUnitsTest, JoiningRemovesAllMarks) {
  EXPECT_EQ(JoinPieces(std::vector<std::string>{"▁", "Brau▁", "er"}, ""), "Brauer");
}

TEST(WordUnitsTest, SumsOverSourceAndAveragesOverTargetPieces) {
  const AttentionMap map{
      .line = 2,
      .source = {"▁a", "b", "▁c", "</s>"},
      .target = {"▁x", "y", "</s>"},
      .weights = {0.5f, 0.25f, 0.125f, 0.125f,  //
                  0.0f, 0.25f, 0.75f, 0.0f,     //
                  0.0f, 0.0f, 0.0f, 1.0f},
      .score = -3,
      .layers = {{.name = "saliency", .values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}}};
  const AttentionMap merged = MergeWords(map);
  EXPECT_EQ(merged.line, 2);
  EXPECT_EQ(merged.score, -3);
  EXPECT_THAT(merged.source, ElementsAre("ab", "c", "</s>"));
  EXPECT_THAT(merged.target, ElementsAre("xy", "</s>"));
  EXPECT_THAT(merged.weights,
              ElementsAre(FloatEq(0.5f), FloatEq(0.4375f), FloatEq(0.0625f), 0, 0, 1));
  EXPECT_THAT(merged.layers[0].values, ElementsAre(7, 5, 6, 19, 11, 12));
}

TEST(WordUnitsTest, RowsStillSumToOne) {
  AttentionMap map{.source = {"▁a", "b", "c", "▁d", "</s>"}, .target = {"x", "y", "z", "</s>"}};
  for (int t = 0; t < 4; ++t) {
    for (const float weight : {0.1f, 0.2f, 0.3f, 0.15f, 0.25f}) map.weights.push_back(weight);
  }
  const AttentionMap merged = MergeWords(map);
  for (Index t = 0; t < merged.target_length(); ++t) {
    float sum = 0;
    for (const float weight : merged.Row(t)) sum += weight;
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(WordUnitsTest, UnitsChooseTheForm) {
  const AttentionMap map{.source = {"a", "b"}, .target = {"c"}, .weights = {0.5f, 0.5f}};
  EXPECT_EQ(InUnits(map, Units::kPiece).source.size(), 2u);
  EXPECT_EQ(InUnits(map, Units::kWord).source.size(), 1u);
}

}  // namespace
}  // namespace talmach
