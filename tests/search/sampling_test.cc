#include "search/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "search/ensemble.h"
#include "search/toy_model.h"

namespace talmach {
namespace {

const std::vector<TokenId> kSource = {3, 5, 4, 2};

std::vector<Hypothesis> Sample(const std::shared_ptr<const InferenceModel>& model,
                               const std::vector<std::uint64_t>& keys,
                               const SamplingOptions& options,
                               const BeamSearchOptions& beam_options = {}) {
  const std::vector<std::vector<TokenId>> sources(keys.size(), kSource);
  EnsembleWorkspace workspace;
  return SampleTranslations(Ensemble({model}), {.sources = sources}, keys, beam_options, options,
                            workspace);
}

std::vector<TokenId> Greedy(const std::shared_ptr<const InferenceModel>& model) {
  EnsembleWorkspace workspace;
  const std::vector<std::vector<TokenId>> sources = {kSource};
  return BeamSearch(Ensemble({model}), {.sources = sources}, {.beam_size = 1}, workspace)[0][0]
      .tokens;
}

TEST(SamplingTest, IsGreedyWhenOnlyTheBestTokenIsLeft) {
  const auto model = MakeToyModel(3, {7, 9});
  const std::vector<TokenId> greedy = Greedy(model);
  using Method = SamplingOptions::Method;
  for (const SamplingOptions& options :
       {SamplingOptions{.method = Method::kTopK, .top_k = 1},
        SamplingOptions{.method = Method::kTopP, .top_p = 1e-6},
        SamplingOptions{.method = Method::kFull, .temperature = 1e-4}}) {
    for (const Hypothesis& sample : Sample(model, {1, 2, 3}, options)) {
      EXPECT_EQ(sample.tokens, greedy);
    }
  }
}

TEST(SamplingTest, DependsOnTheKeyAlone) {
  const auto model = MakeToyModel(4, {7, 9});
  const auto together = Sample(model, {10, 11, 12, 13}, {});
  for (std::size_t i = 0; i < together.size(); ++i) {
    const auto alone = Sample(model, {10 + i}, {});
    EXPECT_EQ(alone[0].tokens, together[i].tokens);
    EXPECT_EQ(alone[0].log_probabilities, together[i].log_probabilities);
  }
}

TEST(SamplingTest, DrawsFirstTokensAsOftenAsTheModelSays) {
  const auto model = MakeToyModel(5, {7, 6});
  std::vector<std::uint64_t> keys(4000);
  std::iota(keys.begin(), keys.end(), 1);
  BeamSearchOptions one_token;
  one_token.max_length_factor = 1e-9;
  one_token.max_length_extra = 0;
  one_token.normalize = 0;
  std::map<TokenId, double> share;
  std::map<TokenId, double> probability;
  for (const Hypothesis& sample : Sample(model, keys, {}, one_token)) {
    share[sample.tokens[0]] += 1.0 / static_cast<double>(keys.size());
    probability[sample.tokens[0]] = std::exp(sample.log_probability);
  }
  double allowed = 0;  // <unk> and <s> are banned, the rest shares what is left
  for (const Hypothesis& one : EveryTranslation({model}, kSource, 1, one_token)) {
    allowed += std::exp(one.log_probability);
  }
  for (const auto& [token, value] : probability) {
    EXPECT_NEAR(share[token], value / allowed, 0.035) << token;
  }
  EXPECT_GE(share.size(), 2u);
}

TEST(SamplingTest, StaysWithinTheBestTokens) {
  const auto model = MakeToyModel(6, {7, 12});
  BeamSearchOptions one_token;
  one_token.max_length_factor = 1e-9;
  one_token.max_length_extra = 0;
  const auto ranked = EveryTranslation({model}, kSource, 1, one_token);
  std::vector<std::uint64_t> keys(300);
  std::iota(keys.begin(), keys.end(), 1);
  const SamplingOptions options{
      .method = SamplingOptions::Method::kTopK, .top_k = 3, .temperature = 5.0};
  for (const Hypothesis& sample : Sample(model, keys, options, one_token)) {
    const auto found = std::ranges::find(ranked, sample.tokens, &Hypothesis::tokens);
    ASSERT_NE(found, ranked.end());
    EXPECT_LT(found - ranked.begin(), 3);
  }
}

TEST(SamplingTest, RefusesImpossibleOptions) {
  EXPECT_THROW(Validate(SamplingOptions{.top_k = 0}), ConfigError);
  EXPECT_THROW(Validate(SamplingOptions{.top_p = 0.0}), ConfigError);
  EXPECT_THROW(Validate(SamplingOptions{.top_p = 1.5}), ConfigError);
  EXPECT_THROW(Validate(SamplingOptions{.temperature = 0.0}), ConfigError);
  EXPECT_THROW(Validate(SamplingOptions{.temperature = std::nan("")}), ConfigError);
}

}  // namespace
}  // namespace talmach
