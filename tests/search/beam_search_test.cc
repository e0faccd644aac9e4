#include "search/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "search/ensemble.h"
#include "search/toy_model.h"

namespace talmach {
namespace {

using Models = std::vector<std::shared_ptr<const InferenceModel>>;

const std::vector<std::vector<TokenId>> kSources = {
    {3, 4, 5, 2}, {6, 2}, {5, 5, 3, 6, 4, 2}, {4, 2}, {3, 3, 3, 2}};

// At most `length` tokens, whatever the source.
BeamSearchOptions OptionsForLength(Index length) {
  BeamSearchOptions options;
  options.max_length_factor = 1e-9;  // rounded up: one token
  options.max_length_extra = length - 1;
  return options;
}

std::vector<std::vector<Hypothesis>> Search(
    const Models& models, const std::vector<std::vector<TokenId>>& sources,
    const BeamSearchOptions& options, const std::vector<std::vector<TokenId>>& prefixes = {}) {
  EnsembleWorkspace workspace;
  return BeamSearch(Ensemble(models), {.sources = sources, .prefixes = prefixes}, options,
                    workspace);
}

void ExpectSame(const Hypothesis& actual, const Hypothesis& expected) {
  EXPECT_EQ(actual.tokens, expected.tokens);
  EXPECT_NEAR(actual.log_probability, expected.log_probability, 1e-4);
  EXPECT_NEAR(actual.score, expected.score, 1e-4);
}

TEST(BeamSearchTest, EqualsExhaustiveSearchWhenTheBeamHoldsTheSpace) {
  for (const std::uint64_t seed : {1, 2}) {
    for (const double alpha : {0.0, 0.6}) {
      for (const bool allow_unknown : {false, true}) {
        BeamSearchOptions options = OptionsForLength(4);
        options.beam_size = options.n_best = 200;
        options.normalize = alpha;
        options.allow_unknown = allow_unknown;
        const Models models = {MakeToyModel(seed)};
        const auto found = Search(models, kSources, options);
        for (std::size_t i = 0; i < kSources.size(); ++i) {
          const auto expected = EveryTranslation(models, kSources[i], 4, options);
          ASSERT_EQ(found[i].size(), expected.size());
          for (std::size_t k = 0; k < expected.size(); ++k) ExpectSame(found[i][k], expected[k]);
        }
      }
    }
  }
}

TEST(BeamSearchTest, EqualsExhaustiveSearchForTheOtherDecoderAndAnEnsemble) {
  BeamSearchOptions options = OptionsForLength(3);
  options.beam_size = options.n_best = 50;
  const Models models = {MakeToyModel(4, {7, 6}, DecoderType::kBahdanau), MakeToyModel(5, {7, 6})};
  const auto found = Search(models, kSources, options);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    const auto expected = EveryTranslation(models, kSources[i], 3, options);
    ASSERT_EQ(found[i].size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) ExpectSame(found[i][k], expected[k]);
  }
}

TEST(BeamSearchTest, GivesEachSourceWhatItGetsAlone) {
  BeamSearchOptions options;
  options.beam_size = options.n_best = 4;
  const Models models = {MakeToyModel(7, {7, 9})};
  const auto together = Search(models, kSources, options);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    const auto alone = Search(models, {kSources[i]}, options).front();
    ASSERT_EQ(together[i].size(), alone.size());
    for (std::size_t k = 0; k < alone.size(); ++k) {
      EXPECT_EQ(together[i][k].tokens, alone[k].tokens);
      EXPECT_EQ(together[i][k].log_probabilities, alone[k].log_probabilities);
      EXPECT_EQ(together[i][k].attention, alone[k].attention);
    }
  }
}

TEST(BeamSearchTest, EndsAtTheNextStepForSourcesThatAreGivenUpAndChangesNoOther) {
  BeamSearchOptions options;
  options.beam_size = options.n_best = 4;
  const Models models = {MakeToyModel(7, {7, 9})};
  const auto expected = Search(models, kSources, options);
  EnsembleWorkspace workspace;
  int num_asked = 0;
  const auto found = BeamSearch(Ensemble(models), {.sources = kSources}, options, workspace,
                                [&](Index source) { return source == 2 && ++num_asked == 2; });
  EXPECT_EQ(num_asked, 2);  // after the first and after the second step
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    if (i == 2) {
      EXPECT_TRUE(found[i].empty());
      continue;
    }
    ASSERT_EQ(found[i].size(), expected[i].size());
    for (std::size_t k = 0; k < found[i].size(); ++k) {
      EXPECT_EQ(found[i][k].log_probabilities, expected[i][k].log_probabilities);
    }
  }
}

TEST(BeamSearchTest, GivesEachTokenItsOwnAttention) {
  BeamSearchOptions options;
  options.beam_size = options.n_best = 5;
  // One of the toy models that do not amplify rounding errors: two ways of computing are compared.
  const auto model = MakeToyModel(137, {7, 9});
  const auto found = Search({model}, kSources, options);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    for (const Hypothesis& hypothesis : found[i]) {
      SentencePair pair{.source = kSources[i], .target = hypothesis.tokens};
      if (pair.target.back() != kEndId) pair.target.push_back(kEndId);
      Arena arena;
      const auto forced = model->model().ForceDecode({.pairs = {pair}}, arena).front();
      ASSERT_EQ(hypothesis.attention.size(), hypothesis.tokens.size() * kSources[i].size());
      for (std::size_t k = 0; k < hypothesis.attention.size(); ++k) {
        EXPECT_NEAR(hypothesis.attention[k], forced.attention[k], 1e-5);
      }
      for (std::size_t t = 0; t < hypothesis.tokens.size(); ++t) {
        EXPECT_NEAR(hypothesis.log_probabilities[t], forced.log_probabilities[t], 1e-5);
      }
    }
  }
}

std::vector<std::vector<TokenId>> RandomSources(Index count, std::uint64_t seed) {
  RandomStream random(seed);
  std::vector<std::vector<TokenId>> sources(static_cast<std::size_t>(count));
  for (std::vector<TokenId>& source : sources) {
    for (auto length = random.Below(9); length > 0; --length) {
      source.push_back(static_cast<TokenId>(3 + random.Below(4)));
    }
    source.push_back(kEndId);
  }
  return sources;
}

// The full search goes on until every place has a finished hypothesis.
TEST(BeamSearchTest, EndsEarlyWithoutChangingTheResult) {
  for (const double alpha : {0.0, 1.0, 2.0}) {
    for (std::uint64_t seed = 20; seed < 30; ++seed) {
      const Models models = {MakeToyModel(seed, {7, 8})};
      const auto sources = RandomSources(100, seed);
      BeamSearchOptions options;
      options.beam_size = 6;
      options.normalize = alpha;
      options.max_length_factor = 2;
      options.max_length_extra = 3;
      options.n_best = options.beam_size;
      const auto full = Search(models, sources, options);
      for (const Index n_best : {1, 3}) {
        options.n_best = n_best;
        const auto early = Search(models, sources, options);
        for (std::size_t i = 0; i < sources.size(); ++i) {
          ASSERT_EQ(static_cast<Index>(early[i].size()), n_best);
          for (Index k = 0; k < n_best; ++k) {
            ASSERT_EQ(early[i][k].tokens, full[i][k].tokens);
            ASSERT_EQ(early[i][k].score, full[i][k].score);
          }
        }
      }
    }
  }
}

// Without parameters every token is equally probable, so that only ties decide.
TEST(BeamSearchTest, BreaksTiesByParentThenByTokenAndKeepsTheEarlierOfEqualScores) {
  auto zeros = std::make_shared<Seq2SeqModel>(MakeToyModel(1)->model().config(),
                                              VocabularySizes{7, 8}, Precision::kFloat32);
  std::ranges::fill(zeros->parameters().slab().span(), 0.0f);
  zeros->PackWeights();
  const Models models = {std::make_shared<InferenceModel>(zeros)};
  BeamSearchOptions options = OptionsForLength(6);
  options.beam_size = options.n_best = 3;
  options.normalize = 0;
  const auto shortest_first = Search(models, {kSources[0]}, options).front();
  ASSERT_EQ(shortest_first.size(), 3u);
  EXPECT_EQ(shortest_first[0].tokens, (std::vector<TokenId>{kEndId}));
  EXPECT_EQ(shortest_first[1].tokens, (std::vector<TokenId>{3, kEndId}));
  EXPECT_EQ(shortest_first[2].tokens, (std::vector<TokenId>{3, 3, kEndId}));
  options.n_best = 1;
  options.normalize = 1;  // every length has the same score
  EXPECT_EQ(Search(models, {kSources[0]}, options).front().front().tokens,
            (std::vector<TokenId>{kEndId}));
}

TEST(BeamSearchTest, FollowsTheMostProbableTokenWithOnePlace) {
  const Models models = {MakeToyModel(31, {7, 8})};
  BeamSearchOptions options = OptionsForLength(6);
  options.beam_size = 1;
  const auto found = Search(models, kSources, options);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    ASSERT_EQ(found[i].size(), 1u);
    std::vector<TokenId> chain;
    while (chain.size() < 6 && (chain.empty() || chain.back() != kEndId)) {
      // The best continuation by one token: sequences one longer, ranked without normalisation.
      BeamSearchOptions ranking = options;
      ranking.normalize = 0;
      const auto next = EveryTranslation(models, kSources[i], static_cast<Index>(chain.size()) + 1,
                                         ranking, chain);
      chain = next.front().tokens;
    }
    EXPECT_EQ(found[i][0].tokens, chain);
  }
}

TEST(BeamSearchTest, ReturnsDistinctHypothesesBestFirst) {
  BeamSearchOptions options;
  options.beam_size = 8;
  options.n_best = 5;
  for (const auto& list : Search({MakeToyModel(41, {7, 20})}, kSources, options)) {
    ASSERT_EQ(list.size(), 5u);
    std::set<std::vector<TokenId>> seen;
    for (std::size_t k = 0; k < list.size(); ++k) {
      EXPECT_TRUE(seen.insert(list[k].tokens).second);
      if (k > 0) {
        EXPECT_LE(list[k].score, list[k - 1].score);
      }
      for (const TokenId token : list[k].tokens) {
        EXPECT_NE(token, kBeginId);
        EXPECT_NE(token, kUnknownId);
      }
    }
  }
}

TEST(BeamSearchTest, BeginsWithThePrefixAndCountsItsProbability) {
  BeamSearchOptions options = OptionsForLength(2);
  options.beam_size = options.n_best = 100;
  const Models models = {MakeToyModel(51)};
  const std::vector<TokenId> prefix = {4, kUnknownId};
  const auto found = Search(models, {kSources[0]}, options, {prefix}).front();
  options.allow_unknown = true;
  std::vector<Hypothesis> expected = EveryTranslation(models, kSources[0], 4, options, prefix);
  std::erase_if(expected, [](const Hypothesis& hypothesis) {
    return std::count(hypothesis.tokens.begin(), hypothesis.tokens.end(), kUnknownId) > 1;
  });
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) ExpectSame(found[k], expected[k]);
}

TEST(BeamSearchTest, TreatsTwoCopiesOfAModelAsOne) {
  const auto model = MakeToyModel(61, {7, 9});
  BeamSearchOptions options;
  options.n_best = options.beam_size;
  const auto one = Search({model}, kSources, options);
  const auto two = Search({model, model}, kSources, options);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    ASSERT_EQ(one[i].size(), two[i].size());
    for (std::size_t k = 0; k < one[i].size(); ++k) ExpectSame(two[i][k], one[i][k]);
  }
}

TEST(BeamSearchTest, CutsTranslationsAtTheMaximumLength) {
  BeamSearchOptions options = OptionsForLength(1);
  options.beam_size = options.n_best = 5;
  for (const auto& list : Search({MakeToyModel(71)}, kSources, options)) {
    ASSERT_FALSE(list.empty());
    for (const Hypothesis& hypothesis : list) EXPECT_EQ(hypothesis.tokens.size(), 1u);
  }
}

TEST(BeamSearchTest, RefusesImpossibleOptionsByName) {
  const auto error_of = [](const std::function<void(BeamSearchOptions&)>& change) -> std::string {
    BeamSearchOptions options;
    change(options);
    try {
      Search({MakeToyModel(1)}, kSources, options);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of([](auto& o) { o.beam_size = 0; }), "beam_size: expected ≥ 1, got 0");
  EXPECT_EQ(error_of([](auto& o) { o.n_best = 6; }), "n_best: expected from 1 to beam_size, got 6");
  EXPECT_NE(error_of([](auto& o) { o.normalize = -1; }), "");
  EXPECT_NE(error_of([](auto& o) { o.normalize = std::nan(""); }), "");
  EXPECT_NE(error_of([](auto& o) { o.max_length_factor = 0; }), "");
  EXPECT_NE(error_of([](auto& o) { o.max_length_extra = -1; }), "");
}

TEST(BeamSearchTest, RefusesModelsWithDifferentVocabularies) {
  EXPECT_THROW(Ensemble({MakeToyModel(1, {7, 5}), MakeToyModel(1, {7, 6})}), ConfigError);
}

TEST(BeamSearchTest, ReportsModelsThatYieldNan) {
  const auto source = MakeToyModel(1);
  auto model = std::make_shared<Seq2SeqModel>(source->model().config(),
                                              source->model().vocabulary(), Precision::kFloat32);
  for (float& value : model->parameters().slab().span()) {
    value = std::numeric_limits<float>::quiet_NaN();
  }
  model->PackWeights();
  EXPECT_THROW(Search({std::make_shared<InferenceModel>(model)}, kSources, {}), NumericError);
}

TEST(BeamSearchTest, NeedsNoModelForNoSources) {
  EXPECT_TRUE(Search({MakeToyModel(1)}, {}, {}).empty());
}

}  // namespace
}  // namespace talmach
