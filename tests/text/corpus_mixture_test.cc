#include "text/corpus_mixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "text/random_permutation.h"

namespace talmach {
namespace {

using Corpora = std::vector<CorpusMixture::Corpus>;

CorpusMixture ByWeights(const Corpora& corpora, double temperature = 1.0, std::uint64_t seed = 1) {
  return CorpusMixture(corpora, {.type = CorpusMixing::kWeights, .temperature = temperature}, seed,
                       /*shuffle=*/true);
}

std::vector<Index> Quotas(const CorpusMixture& mixture, Index num_corpora) {
  std::vector<Index> quotas;
  for (Index i = 0; i < num_corpora; ++i) quotas.push_back(mixture.quota(i));
  return quotas;
}

// Runs that were started when there was only one corpus go on in the same order.
TEST(CorpusMixtureTest, OneCorpusComesInTheOrderOfItsEpochWhateverTheMixing) {
  constexpr Index kLines = 157;
  for (const CorpusMixing mixing : {CorpusMixing::kAll, CorpusMixing::kWeights}) {
    const CorpusMixture mixture({{.num_lines = kLines, .weight = 3}}, {.type = mixing}, 5, true);
    for (const std::uint64_t epoch : {1, 2}) {
      const std::uint64_t key = DeriveKey(DeriveKey(DeriveKey(5, 0x64617461), epoch), 0);
      const RandomPermutation order(key, kLines);
      for (Index i = 0; i < kLines; ++i) {
        const MixedLine line = mixture.At(static_cast<Index>(epoch), i);
        EXPECT_EQ(line.corpus, 0);
        EXPECT_EQ(line.line, order(i));
        EXPECT_EQ(line.place, order(i));
      }
    }
  }
}

TEST(CorpusMixtureTest, AllTakesEachLineOfEachCorpusOnceInAnEpoch) {
  const CorpusMixture mixture({{.num_lines = 30}, {.num_lines = 1}, {.num_lines = 69}}, {}, 1,
                              true);
  ASSERT_EQ(mixture.epoch_length(), 100);
  EXPECT_EQ(Quotas(mixture, 3), (std::vector<Index>{30, 1, 69}));
  for (const Index epoch : {1, 7}) {
    std::set<std::pair<Index, Index>> seen;
    for (Index i = 0; i < 100; ++i) {
      const MixedLine line = mixture.At(epoch, i);
      EXPECT_LT(line.line, line.corpus == 0 ? 30 : line.corpus == 1 ? 1 : 69);
      seen.emplace(line.corpus, line.line);
    }
    EXPECT_EQ(seen.size(), 100u);
  }
}

TEST(CorpusMixtureTest, WithoutShufflingCorporaFollowEachOther) {
  const Corpora corpora = {{.num_lines = 2}, {.num_lines = 3}};
  const CorpusMixture all(corpora, {}, 1, /*shuffle=*/false);
  const CorpusMixture weights({{2, 4}, {3, 1}}, {.type = CorpusMixing::kWeights}, 1, false);
  std::string order_of_all, order_of_weights;
  for (Index i = 0; i < 5; ++i) {
    const MixedLine a = all.At(2, i);
    const MixedLine b = weights.At(2, i);
    order_of_all += std::to_string(a.corpus) + std::to_string(a.line) + " ";
    order_of_weights += std::to_string(b.corpus) + std::to_string(b.line) + " ";
  }
  EXPECT_EQ(order_of_all, "00 01 10 11 12 ");
  EXPECT_EQ(order_of_weights, "00 01 00 01 11 ");
}

TEST(CorpusMixtureTest, SharesAreTheWeightsToTheNextPair) {
  EXPECT_EQ(Quotas(ByWeights({{100, 3}, {900, 1}}), 2), (std::vector<Index>{750, 250}));
  EXPECT_EQ(Quotas(ByWeights({{5, 1}, {3, 1}, {2, 1}}), 3), (std::vector<Index>{3, 4, 3}));
  EXPECT_EQ(Quotas(ByWeights({{100, 1e300}, {900, 1e300}}), 2), (std::vector<Index>{500, 500}));
}

TEST(CorpusMixtureTest, WithoutWeightsTheNumbersOfPairsAreTheWeights) {
  const Corpora corpora = {{.num_lines = 100}, {.num_lines = 1600}};
  EXPECT_EQ(Quotas(ByWeights(corpora), 2), (std::vector<Index>{100, 1600}));
  // √100 : √1600 = 1 : 4
  EXPECT_EQ(Quotas(ByWeights(corpora, 2.0), 2), (std::vector<Index>{340, 1360}));
  EXPECT_EQ(Quotas(ByWeights(corpora, 1e9), 2), (std::vector<Index>{850, 850}));
}

TEST(CorpusMixtureTest, EachCorpusGetsAPlaceHoweverSmallItsWeight) {
  EXPECT_EQ(Quotas(ByWeights({{4, 1e-30}, {4, 1}, {4, 1e-30}}), 3), (std::vector<Index>{1, 10, 1}));
  EXPECT_EQ(Quotas(ByWeights({{1, 1}, {1, 1e-9}, {1, 1e-9}}), 3), (std::vector<Index>{1, 1, 1}));
  EXPECT_EQ(Quotas(ByWeights({{50, 1}, {50, 1e-9}}, /*temperature=*/1e-3), 2),
            (std::vector<Index>{99, 1}));
}

// In any part of an epoch, not only in the whole: draws without replacement, five standard
// deviations.
TEST(CorpusMixtureTest, PartsOfAnEpochHaveTheSharesWithinSamplingError) {
  constexpr double kShare = 0.2;
  constexpr Index kPart = 1000;
  const CorpusMixture mixture = ByWeights({{2000, 4}, {8000, 1}});
  ASSERT_EQ(mixture.epoch_length(), 10000);
  ASSERT_EQ(mixture.quota(1), 2000);
  const double deviation = std::sqrt(kPart * kShare * (1 - kShare) * (1 - kPart / 10000.0));
  for (const Index epoch : {1, 2, 50}) {
    for (Index begin = 0; begin < mixture.epoch_length(); begin += kPart) {
      Index count = 0;
      for (Index i = begin; i < begin + kPart; ++i) count += mixture.At(epoch, i).corpus;
      EXPECT_NEAR(static_cast<double>(count), kPart * kShare, 5 * deviation);
    }
  }
}

TEST(CorpusMixtureTest, ACorpusIsUsedUpBeforeALineComesAgain) {
  constexpr Index kSmall = 30, kLarge = 470;  // of the 500 places the small one has 200
  const CorpusMixture mixture = ByWeights({{kSmall, 2}, {kLarge, 3}});
  ASSERT_EQ(Quotas(mixture, 2), (std::vector<Index>{200, 300}));
  std::map<std::pair<Index, Index>, Index> uses;
  for (Index epoch = 1; epoch <= 5; ++epoch) {
    std::set<Index> places;
    for (Index i = 0; i < 500; ++i) {
      const MixedLine line = mixture.At(epoch, i);
      ++uses[{line.corpus, line.line}];
      places.insert(line.place);
    }
    EXPECT_EQ(places.size(), 500u);
    for (Index line = 0; line < kSmall; ++line) {
      EXPECT_NEAR(uses[std::pair(Index{0}, line)], epoch * 200.0 / kSmall, 1.0);
    }
    for (Index line = 0; line < kLarge; ++line) {
      EXPECT_NEAR(uses[std::pair(Index{1}, line)], epoch * 300.0 / kLarge, 1.0);
    }
  }
}

TEST(CorpusMixtureTest, DependsOnTheSeed) {
  const Corpora corpora = {{50, 1}, {50, 1}};
  Index same = 0;
  for (Index i = 0; i < 100; ++i) {
    const MixedLine one = ByWeights(corpora).At(1, i);
    const MixedLine other = ByWeights(corpora, 1.0, 2).At(1, i);
    same += one.corpus == other.corpus && one.line == other.line ? 1 : 0;
  }
  EXPECT_LT(same, 20);
}

}  // namespace
}  // namespace talmach
