#include "alignment/hmm_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "alignment/enumeration.h"
#include "alignment/random_corpus.h"

namespace talmach {
namespace {

const AlignerOptions kOptions{.ibm1_iterations = 2,
                              .hmm_iterations = 2,
                              .null_probability = 0.25,
                              .smoothing = 0.1,
                              .jump_smoothing = 0.2};

// The oracle's copy of model 1's table, with all jumps alike.
enumeration::Model Copy(const LexicalTable& lexicon, Index longest_source) {
  enumeration::Model model{.null_probability = kOptions.null_probability,
                           .jump_smoothing = kOptions.jump_smoothing};
  for (TokenId e = kNullWord; e < lexicon.num_source_ids(); ++e) {
    for (const TokenId f : lexicon.Targets(e)) model.lexicon[{e, f}] = lexicon.Probability(e, f);
  }
  for (Index width = -longest_source; width <= longest_source; ++width) model.jumps[width] = 1;
  return model;
}

class HmmModelTest : public ::testing::Test {
 protected:
  HmmModelTest()
      : corpus_(RandomCorpus(7, 15, 4, 5)),
        lexicon_(TrainIbmModel1(corpus_, kOptions)),
        oracle_(Copy(lexicon_, corpus_.longest_source())),
        model_(lexicon_, corpus_.longest_source(), kOptions) {}

  IdCorpus corpus_;
  LexicalTable lexicon_;
  enumeration::Model oracle_;
  HmmModel model_;
};

TEST_F(HmmModelTest, EmEqualsTheSumOverAllAlignments) {
  std::vector<double> perplexities;
  model_.Train(corpus_,
               [&](const char*, Index, double perplexity) { perplexities.push_back(perplexity); });
  ASSERT_EQ(perplexities.size(), 2u);
  for (const double perplexity : perplexities) {
    const double log_likelihood = enumeration::Iterate(corpus_, kOptions.smoothing, &oracle_);
    EXPECT_NEAR(perplexity,
                std::exp(-log_likelihood / static_cast<double>(corpus_.num_target_tokens())), 1e-9);
  }
  for (const auto& [words, probability] : oracle_.lexicon) {
    EXPECT_NEAR(model_.lexicon().Probability(words.first, words.second), probability, 1e-12);
  }
  const std::vector<double> transitions = model_.jumps().Transitions(3, kOptions.jump_smoothing);
  for (Index from = 0; from <= 3; ++from) {
    for (Index to = 1; to <= 3; ++to) {
      EXPECT_NEAR(transitions[from * 3 + to - 1], oracle_.JumpProbability(from, to, 3), 1e-12);
    }
  }
}

TEST_F(HmmModelTest, BestAlignmentEqualsEnumeration) {
  model_.Train(corpus_);
  enumeration::Iterate(corpus_, kOptions.smoothing, &oracle_);
  enumeration::Iterate(corpus_, kOptions.smoothing, &oracle_);
  for (Index pair = 0; pair < corpus_.num_pairs(); ++pair) {
    const IdCorpus::Side source = corpus_.source(pair);
    const IdCorpus::Side target = corpus_.target(pair);
    const enumeration::Expectation expected = enumeration::Expect(oracle_, source, target);
    enumeration::Positions positions(target.size(), 0);
    for (const AlignmentLink& link : model_.BestAlignment(source, target)) {
      positions[link.target] = link.source + 1;
    }
    EXPECT_NEAR(enumeration::JointProbability(oracle_, source, target, positions),
                enumeration::JointProbability(oracle_, source, target, expected.best), 1e-15)
        << "pair " << pair;
  }
}

TEST_F(HmmModelTest, TheNumberOfThreadsChangesNothing) {
  const IdCorpus corpus = RandomCorpus(8, 1200, 7, 60);
  std::vector<HmmModel> models;
  for (const int threads : {1, 3}) {
    AlignerOptions options = kOptions;
    options.threads = threads;
    models.emplace_back(TrainIbmModel1(corpus, options), corpus.longest_source(), options);
    models.back().Train(corpus);
  }
  for (Index cell = 0; cell < models[0].lexicon().num_cells(); ++cell) {
    ASSERT_EQ(models[0].lexicon().ProbabilityOf(cell), models[1].lexicon().ProbabilityOf(cell));
  }
  EXPECT_EQ(models[0].jumps().Transitions(7, 0), models[1].jumps().Transitions(7, 0));
}

// Words 0 … 19 are translated by themselves, in order. In the last pair the same word stands twice:
// only the order tells which belongs to which.
TEST_F(HmmModelTest, OrderTellsEqualWordsApart) {
  RandomStream random(5);
  IdCorpus corpus;
  for (int i = 0; i < 300; ++i) {
    std::vector<TokenId> words(4 + random.Below(4));
    for (TokenId& word : words) word = static_cast<TokenId>(random.Below(20));
    corpus.Add(words, words);
  }
  const std::vector<TokenId> twice = {3, 5, 3, 7};
  corpus.Add(twice, twice);
  const LexicalTable lexicon = TrainIbmModel1(corpus, kOptions);
  HmmModel model(lexicon, corpus.longest_source(), kOptions);
  model.Train(corpus);
  EXPECT_EQ(ToPharaoh(model.BestAlignment(twice, twice)), "0-0 1-1 2-2 3-3");
  EXPECT_EQ(ToPharaoh(Ibm1Alignment(lexicon, 0.25, twice, twice)), "0-0 0-2 1-1 3-3");
}

TEST_F(HmmModelTest, LongPairsDoNotUnderflow) {
  const std::vector<TokenId> words(180, 0);
  IdCorpus corpus;
  corpus.Add(words, words);
  HmmModel model(TrainIbmModel1(corpus, kOptions), corpus.longest_source(), kOptions);
  model.Train(corpus, [](const char*, Index, double perplexity) {
    EXPECT_TRUE(std::isfinite(perplexity)) << perplexity;
  });
}

TEST_F(HmmModelTest, EmptySidesHaveNoLinks) {
  IdCorpus corpus;
  corpus.Add({}, std::vector<TokenId>{0});
  corpus.Add(std::vector<TokenId>{0}, {});
  corpus.Add({}, {});
  HmmModel model(TrainIbmModel1(corpus, kOptions), corpus.longest_source(), kOptions);
  model.Train(corpus);
  EXPECT_TRUE(model.BestAlignment(corpus.source(0), corpus.target(0)).empty());
  EXPECT_TRUE(model.BestAlignment(corpus.source(1), corpus.target(1)).empty());
}

}  // namespace
}  // namespace talmach
