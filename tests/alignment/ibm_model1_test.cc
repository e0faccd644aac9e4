#include "alignment/ibm_model1.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "alignment/enumeration.h"
#include "alignment/random_corpus.h"

namespace talmach {
namespace {

constexpr TokenId kDas = 0, kHaus = 1, kBuch = 2, kEin = 3;
constexpr TokenId kThe = 0, kHouse = 1, kBook = 2, kA = 3;

// The three pairs with which model 1 is usually explained: das Haus, das Buch, ein Buch.
IdCorpus ThreePairs() {
  IdCorpus corpus;
  corpus.Add(std::vector{kDas, kHaus}, std::vector{kThe, kHouse});
  corpus.Add(std::vector{kDas, kBuch}, std::vector{kThe, kBook});
  corpus.Add(std::vector{kEin, kBuch}, std::vector{kA, kBook});
  return corpus;
}

AlignerOptions Plain(Index iterations) {
  return {.ibm1_iterations = iterations, .null_probability = 0, .smoothing = 0};
}

TEST(IbmModel1Test, TwoIterationsGiveTheFractionsWorkedOutByHand) {
  const LexicalTable first = TrainIbmModel1(ThreePairs(), Plain(1));
  EXPECT_DOUBLE_EQ(first.Probability(kDas, kThe), 1.0 / 2);
  EXPECT_DOUBLE_EQ(first.Probability(kDas, kBook), 1.0 / 4);
  EXPECT_DOUBLE_EQ(first.Probability(kHaus, kHouse), 1.0 / 2);

  const LexicalTable second = TrainIbmModel1(ThreePairs(), Plain(2));
  EXPECT_DOUBLE_EQ(second.Probability(kDas, kThe), 7.0 / 11);
  EXPECT_DOUBLE_EQ(second.Probability(kDas, kHouse), 2.0 / 11);
  EXPECT_DOUBLE_EQ(second.Probability(kHaus, kThe), 3.0 / 7);
  EXPECT_DOUBLE_EQ(second.Probability(kHaus, kHouse), 4.0 / 7);
  EXPECT_DOUBLE_EQ(second.Probability(kBuch, kBook), 7.0 / 11);
  EXPECT_DOUBLE_EQ(second.Probability(kEin, kA), 4.0 / 7);
  EXPECT_EQ(second.Probability(kEin, kHouse), 0);  // never together
}

TEST(IbmModel1Test, FindsTheTranslationsInTheEnd) {
  const LexicalTable lexicon = TrainIbmModel1(ThreePairs(), Plain(200));
  EXPECT_GT(lexicon.Probability(kDas, kThe), 0.99);
  EXPECT_GT(lexicon.Probability(kHaus, kHouse), 0.97);
  EXPECT_GT(lexicon.Probability(kEin, kA), 0.97);
  EXPECT_EQ(
      ToPharaoh(Ibm1Alignment(lexicon, 0, std::vector{kDas, kHaus}, std::vector{kHouse, kThe})),
      "0-1 1-0");
}

TEST(IbmModel1Test, EqualsTheSumOverAllAlignments) {
  const IdCorpus corpus = RandomCorpus(1, 12, 4, 5);
  AlignerOptions options{.ibm1_iterations = 3, .null_probability = 0.3, .smoothing = 0.2};
  enumeration::Model model{.null_probability = 0.3};
  const LexicalTable uniform(corpus, 1);
  for (TokenId e = kNullWord; e < corpus.num_source_ids(); ++e) {
    for (const TokenId f : uniform.Targets(e)) {
      model.lexicon[{e, f}] = 1.0 / static_cast<double>(corpus.num_target_ids());
    }
  }
  std::vector<double> perplexities;
  const LexicalTable lexicon = TrainIbmModel1(
      corpus, options,
      [&](const char*, Index, double perplexity) { perplexities.push_back(perplexity); });
  ASSERT_EQ(perplexities.size(), 3u);
  for (const double perplexity : perplexities) {
    const double log_likelihood = enumeration::Iterate(corpus, options.smoothing, &model);
    EXPECT_NEAR(perplexity,
                std::exp(-log_likelihood / static_cast<double>(corpus.num_target_tokens())), 1e-9);
  }
  for (const auto& [words, probability] : model.lexicon) {
    EXPECT_NEAR(lexicon.Probability(words.first, words.second), probability, 1e-12);
  }
}

TEST(IbmModel1Test, PerplexityNeverRises) {
  double last = 1e300;
  TrainIbmModel1(RandomCorpus(2, 50, 8, 20), Plain(20), [&](const char*, Index, double perplexity) {
    EXPECT_LE(perplexity, last * (1 + 1e-12));
    last = perplexity;
  });
}

TEST(IbmModel1Test, TheNumberOfThreadsChangesNothing) {
  const IdCorpus corpus = RandomCorpus(3, 1200, 9, 100);
  const LexicalTable one = TrainIbmModel1(corpus, {.ibm1_iterations = 2, .threads = 1});
  const LexicalTable three = TrainIbmModel1(corpus, {.ibm1_iterations = 2, .threads = 3});
  ASSERT_EQ(one.num_cells(), three.num_cells());
  for (Index cell = 0; cell < one.num_cells(); ++cell) {
    ASSERT_EQ(one.ProbabilityOf(cell), three.ProbabilityOf(cell));
  }
}

TEST(IbmModel1Test, WordsOfTheEmptyWordHaveNoLink) {
  IdCorpus corpus;
  corpus.Add(std::vector<TokenId>{0}, std::vector<TokenId>{0, 1});
  corpus.Add(std::vector<TokenId>{1}, std::vector<TokenId>{0, 2});
  corpus.Add(std::vector<TokenId>{2}, std::vector<TokenId>{0, 3});
  const LexicalTable lexicon =
      TrainIbmModel1(corpus, {.ibm1_iterations = 30, .null_probability = 0.5, .smoothing = 0});
  EXPECT_EQ(ToPharaoh(Ibm1Alignment(lexicon, 0.5, corpus.source(1), corpus.target(1))), "0-1");
}

TEST(IbmModel1Test, EmptySidesHaveNoLinksAndAddNothing) {
  IdCorpus corpus;
  corpus.Add(std::vector<TokenId>{0}, std::vector<TokenId>{0});
  corpus.Add({}, std::vector<TokenId>{0});
  corpus.Add(std::vector<TokenId>{0}, {});
  corpus.Add({}, {});
  const LexicalTable lexicon = TrainIbmModel1(corpus, Plain(3));
  EXPECT_DOUBLE_EQ(lexicon.Probability(0, 0), 1);
  for (Index pair = 1; pair < 4; ++pair) {
    EXPECT_TRUE(Ibm1Alignment(lexicon, 0, corpus.source(pair), corpus.target(pair)).empty());
  }
}

TEST(LexicalTableTest, SmoothingLeavesTheRestToOtherTargets) {
  LexicalTable lexicon(ThreePairs(), 1);
  std::vector<double> counts(lexicon.num_cells(), 1.0);
  lexicon.SetFromCounts(counts, 0.5);
  // ein: a and book occur with it; four target words in all.
  EXPECT_DOUBLE_EQ(lexicon.Probability(kEin, kA), 1.5 / (2 + 0.5 * 4));
  EXPECT_EQ(lexicon.Targets(kEin).size(), 2u);
  EXPECT_EQ(lexicon.Targets(kNullWord).size(), 4u);
}

}  // namespace
}  // namespace talmach
