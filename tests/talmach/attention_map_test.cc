#include "talmach/attention_map.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "talmach/error.h"

namespace {

talmach::AttentionMap TwoPiecesAndAWord() {
  return {.source = {"▁ho", "me", "</s>"},
          .target = {"▁Heim", "</s>"},
          .weights = {0.5f, 0.25f, 0.25f, 0.125f, 0.125f, 0.75f},
          .layers = {{"gradient", {1, 2, 3, 4, 5, 6}}}};
}

TEST(AttentionMapTest, RowsBelongToTargetPieces) {
  const talmach::AttentionMap map = TwoPiecesAndAWord();
  EXPECT_EQ(map.Row(1).size(), 3u);
  EXPECT_EQ(map.Row(1)[2], 0.75f);
}

TEST(AttentionMapTest, WordsAreMergedWithTheirLayers) {
  const talmach::AttentionMap words = talmach::MergeWords(TwoPiecesAndAWord());
  EXPECT_EQ(words.source, (std::vector<std::string>{"home", "</s>"}));
  EXPECT_EQ(words.weights, (std::vector<float>{0.75f, 0.25f, 0.25f, 0.75f}));
  ASSERT_EQ(words.layers.size(), 1u);
  EXPECT_EQ(words.layers[0].name, "gradient");
  EXPECT_EQ(words.layers[0].values.size(), 4u);
}

TEST(AttentionMapTest, LinksLeadToWhatWasLookedAtMost) {
  EXPECT_EQ(talmach::ToPharaoh(TwoPiecesAndAWord()), "0-0");
  EXPECT_EQ(talmach::ToPharaoh(TwoPiecesAndAWord(), 0.2), "0-0 1-0");
}

TEST(AttentionMapTest, JsonGivesTheSameMap) {
  const talmach::AttentionMap map = TwoPiecesAndAWord();
  const talmach::AttentionMap same = talmach::ParseAttentionMap(talmach::ToJson(map));
  EXPECT_EQ(same.source, map.source);
  EXPECT_EQ(same.target, map.target);
  EXPECT_EQ(same.weights, map.weights);
  EXPECT_EQ(same.layers[0].values, map.layers[0].values);
}

TEST(AttentionMapTest, WhatIsNoMapIsRefused) {
  EXPECT_THROW(talmach::ParseAttentionMap("{}"), talmach::DataError);
  EXPECT_THROW(talmach::MergeWords({.source = {"a"}, .target = {"b"}}), std::logic_error);
}

}  // namespace
