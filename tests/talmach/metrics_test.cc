#include "talmach/metrics.h"

#include <gtest/gtest.h>

namespace {

const std::vector<std::string> kHypotheses = {"The dog bit the man.", "It wasn't surprising.",
                                              "The man had just bitten him."};
// Those of sacreBLEU's README, with the scores that it prints there.
const std::vector<std::vector<std::string>> kReferences = {
    {"The dog bit the man.", "It was not unexpected.", "The man bit him first."},
    {"The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."}};

TEST(MetricsTest, BleuIsSacreBleus) {
  const talmach::BleuScore bleu = talmach::CorpusBleu(kHypotheses, kReferences);
  EXPECT_NEAR(bleu.score, 48.530827, 1e-6);
  EXPECT_NEAR(bleu.precisions[0], 82.4, 0.05);
  EXPECT_EQ(bleu.hypothesis_length, 17);
  EXPECT_EQ(bleu.reference_length, 18);
  EXPECT_TRUE(bleu.signature.starts_with("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:"))
      << bleu.signature;
}

TEST(MetricsTest, OptionsStandInTheSignature) {
  const auto bleu = talmach::CorpusBleu(
      kHypotheses, kReferences,
      {.tokenizer = "char", .lower_case = true, .smoothing = talmach::BleuSmoothing::kFloor});
  EXPECT_NE(bleu.signature.find("case:lc|eff:no|tok:char|smooth:floor[0.10]"), std::string::npos)
      << bleu.signature;
  const auto chrf = talmach::CorpusChrf(kHypotheses, kReferences, {.word_order = 2});
  EXPECT_EQ(chrf.name, "chrF2++");
  EXPECT_NE(chrf.signature.find("nw:2"), std::string::npos) << chrf.signature;
  const auto ter = talmach::CorpusTer(kHypotheses, kReferences, {.case_sensitive = true});
  EXPECT_NE(ter.signature.find("case:mixed"), std::string::npos) << ter.signature;
}

TEST(MetricsTest, EqualTextsArePerfect) {
  EXPECT_NEAR(talmach::CorpusBleu(kHypotheses, {{kHypotheses}}).score, 100, 1e-9);
  EXPECT_NEAR(talmach::CorpusChrf(kHypotheses, {{kHypotheses}}).score, 100, 1e-9);
  const talmach::TerScore ter = talmach::CorpusTer(kHypotheses, {{kHypotheses}});
  EXPECT_EQ(ter.score, 0);
  EXPECT_EQ(ter.num_edits, 0);
  EXPECT_EQ(ter.reference_length, 14);
}

TEST(MetricsTest, MistakesAreErrorsOfTheirKinds) {
  EXPECT_THROW(talmach::CorpusBleu(kHypotheses, {}), talmach::DataError);
  EXPECT_THROW(talmach::CorpusTer({}, kReferences), talmach::DataError);
  EXPECT_THROW(talmach::CorpusBleu(kHypotheses, kReferences, {.tokenizer = "mecab"}),
               talmach::ConfigError);
  EXPECT_THROW(talmach::CorpusChrf(kHypotheses, kReferences, {.beta = -1}), talmach::ConfigError);
}

}  // namespace
