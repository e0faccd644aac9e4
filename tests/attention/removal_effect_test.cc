#include "attention/removal_effect.h"

#include <gtest/gtest.h>

#include <cmath>

namespace talmach {
namespace {

AttentionMap SampleMap() {
  return {.source = {"▁a", "▁b", "c", "</s>"},
          .target = {"▁x", "</s>"},
          .weights = {0.1f, 0.6f, 0.3f, 0.0f,  //
                      0.2f, 0.1f, 0.0f, 0.7f},
          .layers = {{.name = "other", .values = std::vector<float>(8, 100.0f)},
                     {.name = "loss", .values = {1, 4, -2, 50, 3, 0.5f, 1.5f, 70}}}};
}

TEST(RemovalEffectTest, ComparesTheMostAttendedPieceWithTheMeanOfTheOthers) {
  RemovalEffect effect;
  effect.Add(SampleMap(), "loss");
  // Row 1: b against a and c. Row 2: a, as </s> is no candidate, against b and c.
  EXPECT_NEAR(effect.Numbers().top, (4 + 3) / 2.0, 1e-12);
  EXPECT_NEAR(effect.Numbers().random, ((1 - 2) / 2.0 + (0.5 + 1.5) / 2) / 2, 1e-12);
  EXPECT_NEAR(effect.Numbers().Ratio(), 3.5 / 0.25, 1e-12);
  EXPECT_EQ(effect.Numbers().num_target_pieces, 2);
}

TEST(RemovalEffectTest, AveragesOverTargetPiecesOfAllSentences) {
  RemovalEffect effect;
  effect.Add(SampleMap(), "loss");
  effect.Add({.source = {"a", "b"},
              .target = {"x"},
              .weights = {0.9f, 0.1f},
              .layers = {{.name = "loss", .values = {2, 1}}}},
             "loss");
  EXPECT_NEAR(effect.Numbers().top, (4 + 3 + 2) / 3.0, 1e-12);
  EXPECT_NEAR(effect.Numbers().random, (-0.5 + 1 + 1) / 3.0, 1e-12);
}

TEST(RemovalEffectTest, SentencesWithoutAChoiceDoNotCount) {
  RemovalEffect effect;
  effect.Add({.source = {"a", "</s>"},
              .target = {"x"},
              .weights = {0.9f, 0.1f},
              .layers = {{.name = "loss", .values = {2, 1}}}},
             "loss");
  effect.Add({.layers = {{.name = "loss", .values = {}}}}, "loss");
  EXPECT_EQ(effect.Numbers().num_target_pieces, 0);
  EXPECT_TRUE(std::isnan(effect.Numbers().top));
  EXPECT_THROW(effect.Add(SampleMap(), "missing"), std::logic_error);
}

}  // namespace
}  // namespace talmach
