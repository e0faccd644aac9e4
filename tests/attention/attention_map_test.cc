#include "attention/attention_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "attention/attention_reader.h"
#include "attention/small_map.h"
#include "base/error.h"
#include "base/random.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

TEST(AttentionMapTest, WritesTheDocumentedRecord) {
  EXPECT_EQ(ToJsonLine(SmallMap()),
            "{\"line\":4,\"source\":[\"▁Ein\",\"▁Hund\",\"</s>\"],\"target\":[\"▁A\",\"</s>\"],"
            "\"weights\":[[0.9,0.08,0.02],[0.1,0.2,0.7]],\"score\":-1.25}");
}

TEST(AttentionMapTest, ReadsBackEveryBit) {
  AttentionMap map = SmallMap();
  map.source.assign(97, "▁x\"\\\n\u0001");
  map.target.assign(31, "</script>");
  map.weights.resize(97 * 31);
  RandomStream random(5);
  for (float& weight : map.weights) weight = std::pow(random.Uniform(), 9.0f);
  map.layers = {{.name = "saliency", .values = map.weights}};
  for (float& value : map.layers[0].values) value = random.Normal() * 1e20f;
  const AttentionMap copy = ParseAttentionMap(ToJsonLine(map), "here");
  EXPECT_EQ(copy.line, map.line);
  EXPECT_EQ(copy.source, map.source);
  EXPECT_EQ(copy.target, map.target);
  EXPECT_EQ(copy.weights, map.weights);
  EXPECT_EQ(copy.score, map.score);
  ASSERT_EQ(copy.layers.size(), 1u);
  EXPECT_EQ(copy.layers[0].name, "saliency");
  EXPECT_EQ(copy.layers[0].values, map.layers[0].values);
}

TEST(AttentionMapTest, AnUnknownScoreIsNull) {
  AttentionMap map = SmallMap();
  map.score = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(ToJsonLine(map), HasSubstr("\"score\":null"));
  EXPECT_TRUE(std::isnan(ParseAttentionMap(ToJsonLine(map), "here").score));
}

TEST(AttentionMapTest, EmptySentencesSurvive) {
  const AttentionMap map = ParseAttentionMap(ToJsonLine(AttentionMap{}), "here");
  EXPECT_TRUE(map.source.empty());
  EXPECT_TRUE(map.target.empty());
}

TEST(AttentionMapTest, RepairsIllFormedPieces) {
  AttentionMap map = SmallMap();
  map.source[0] = "\xFF\xC3";
  EXPECT_EQ(ParseAttentionMap(ToJsonLine(map), "here").source[0], "\uFFFD\uFFFD");
}

TEST(AttentionMapTest, RefusesWrongShapesAndNumbers) {
  AttentionMap map = SmallMap();
  map.weights.pop_back();
  EXPECT_THROW(ToJsonLine(map), std::logic_error);
  map = SmallMap();
  map.layers = {{.name = "saliency", .values = {1}}};
  EXPECT_THROW(ToJsonLine(map), std::logic_error);
  map = SmallMap();
  map.weights[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(ToJsonLine(map), NumericError);
}

}  // namespace
}  // namespace talmach
