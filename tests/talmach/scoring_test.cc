#include "talmach/scoring.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

constexpr const char* kModel = "tests/golden/model_v1";
const std::vector<std::string> kSources = {"a b c", "", "b"};

TEST(ScorerTest, AFoundTranslationScoresAsInTheSearch) {
  const talmach::Translator translator({kModel}, {.threads = 1});
  const talmach::Scorer scorer(translator);
  std::vector<std::string> targets;
  const auto found = translator.Translate(kSources, {.beam_size = 1});
  for (const talmach::Translation& translation : found) targets.push_back(translation.best().text);
  const auto scored = scorer.Score(kSources, targets);
  ASSERT_EQ(scored.size(), 3u);
  EXPECT_EQ(scored[0].text, targets[0]);
  EXPECT_EQ(scored[0].piece_scores.size(), scored[0].attention.target.size());
  if (scored[0].attention.target == found[0].best().attention.target) {
    EXPECT_NEAR(scored[0].log_probability, found[0].best().log_probability, 1e-4);
  }
  EXPECT_LT(scored[1].log_probability, 0);  // "</s>" of an empty source
}

TEST(ScorerTest, SaliencyBecomesLayers) {
  const talmach::Scorer scorer(
      {kModel}, {.model = {.precision = talmach::Precision::kFloat32, .threads = 1},
                 .saliency = {talmach::Saliency::kGradient, talmach::Saliency::kNorm}});
  const talmach::AttentionMap map = scorer.Score(kSources, kSources)[0].attention;
  ASSERT_EQ(map.layers.size(), 2u);
  EXPECT_EQ(map.layers[0].name, "gradient");
  EXPECT_EQ(map.layers[1].name, "norm");
  EXPECT_EQ(map.layers[1].values.size(), map.weights.size());
}

TEST(ScorerTest, MistakesAreErrorsOfTheirKinds) {
  EXPECT_THROW(talmach::Scorer(std::vector<std::string>{"no/such/model"}), talmach::ModelError);
  EXPECT_THROW(talmach::Scorer({kModel, kModel}, {.saliency = {talmach::Saliency::kNorm}}),
               talmach::ConfigError);
  EXPECT_THROW(talmach::Scorer({kModel}, {.model = {.precision = talmach::Precision::kInt8},
                                          .saliency = {talmach::Saliency::kGradient}}),
               talmach::ConfigError);
  const talmach::Scorer scorer({std::string(kModel)});
  EXPECT_THROW(scorer.Score(kSources, {}), std::logic_error);
}

}  // namespace
