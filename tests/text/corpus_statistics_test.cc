#include "text/corpus_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(LengthCountsTest, SumsAndQuantilesAreThoseOfTheLengths) {
  LengthCounts lengths;
  EXPECT_EQ(lengths.Mean(), 0.0);
  EXPECT_EQ(lengths.Quantile(0.5), 0);
  for (const Index length : {4, 1, 3, 2, 10'000}) lengths.Add(length);
  EXPECT_EQ(lengths.num_lines(), 5);
  EXPECT_EQ(lengths.total(), 10'010);
  EXPECT_EQ(lengths.longest(), 10'000);
  EXPECT_EQ(lengths.Quantile(0.5), 3);
  EXPECT_EQ(lengths.Quantile(0.8), 4);
  EXPECT_EQ(lengths.Quantile(1), 4095);
  EXPECT_EQ(lengths.CountIn(2, 4), 2);
  EXPECT_EQ(lengths.CountIn(4, 100'000), 2);
}

CorpusStatistics Collect(const std::vector<std::array<std::string, 2>>& pairs) {
  CorpusStatisticsCollector collector(nullptr, nullptr);
  for (const auto& [source, target] : pairs) collector.Add(source, target);
  return collector.statistics();
}

TEST(CorpusStatisticsTest, CountsEachSide) {
  const CorpusStatistics corpus =
      Collect({{"\uFEFFein Wort ", "a"}, {"", "a"}, {"да, 日本", "bb c"}, {"ein Wort", "a\r"}});
  EXPECT_EQ(corpus.num_pairs, 4);
  EXPECT_EQ(corpus.source.words.total(), 6);
  EXPECT_EQ(corpus.source.characters.total(), 22);
  EXPECT_EQ(corpus.source.pieces.num_lines(), 0);
  EXPECT_EQ(corpus.source.num_empty, 1);
  EXPECT_EQ(corpus.source.num_repeated, 1);
  EXPECT_EQ(corpus.target.num_repeated, 2);
  EXPECT_EQ(corpus.num_repeated, 1);
  EXPECT_THAT(corpus.source.scripts, ElementsAre(Pair("Common", 4), Pair("Cyrillic", 2),
                                                 Pair("Han", 2), Pair("Latin", 14)));
}

TEST(CorpusStatisticsTest, RatiosAreThoseOfPairsWithTwoSides) {
  const CorpusStatistics corpus =
      Collect({{"abc", "xyz"}, {"äöü", "äöü "}, {"a", "12345"}, {"12345678", "a"}, {"a", ""}});
  EXPECT_EQ(corpus.num_identical, 1);
  EXPECT_EQ(corpus.ratios[0], 1);
  EXPECT_EQ(corpus.ratios[5], 2);
  EXPECT_EQ(corpus.ratios.back(), 1);
  EXPECT_EQ(std::accumulate(corpus.ratios.begin(), corpus.ratios.end(), Index{0}), 4);
}

TEST(CorpusStatisticsTest, DoubtfulLinesAreCountedWithTheirNumbers) {
  const CorpusStatistics corpus =
      Collect({{"gut", "a"}, {"Gr\xFC", "b"}, {"GrÃ¼n", "\xFF\xC3\xA4"}});
  const auto lines = [](const SideStatistics& side, EncodingDoubt doubt) {
    return side.doubtful[static_cast<std::size_t>(doubt)].Text();
  };
  EXPECT_EQ(lines(corpus.source, EncodingDoubt::kSingleByte), "line 2");
  EXPECT_EQ(lines(corpus.source, EncodingDoubt::kDoubleEncoded), "line 3");
  EXPECT_EQ(lines(corpus.target, EncodingDoubt::kInvalid), "line 3");
  EXPECT_EQ(corpus.source.num_invalid, 1);
  EXPECT_EQ(corpus.target.num_invalid, 1);
}

TEST(OverlapCounterTest, FindsWhatOccursInTheOtherCorpus) {
  OverlapCounter counter("test");
  counter.Add("a", "x");
  counter.Add("a", "y");
  counter.Add("b", "x ");
  counter.Add("c", "z");
  counter.Observe("a", "y");
  counter.Observe("d", "x");
  const CorpusOverlap overlap = counter.Count("training");
  EXPECT_EQ(overlap.of, "test");
  EXPECT_EQ(overlap.in, "training");
  EXPECT_EQ(overlap.num_pairs, 4);
  EXPECT_EQ(overlap.pairs, 1);
  EXPECT_EQ(overlap.sources, 2);
  EXPECT_EQ(overlap.targets, 3);
}

}  // namespace
}  // namespace talmach
