#include "evaluation/analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

double MeanScore(std::span<const double> sums) { return sums[0] / sums[1]; }

TEST(AnalysisTest, BucketsSplitTheLinesByLength) {
  const StatisticsTable table{.width = 2, .values = {1, 1, 2, 1, 3, 1, 4, 1}};
  const std::vector<Index> lengths = {5, 6, 0, 40}, edges = {5, 10, 20};
  const auto buckets = ScoreByLength(table, lengths, edges, MeanScore);
  ASSERT_EQ(buckets.size(), 3u);  // none from 11 to 20
  EXPECT_EQ(buckets[0].Label(), "0-5");
  EXPECT_EQ(buckets[0].num_lines, 2);
  EXPECT_EQ(buckets[0].score, 2);
  EXPECT_EQ(buckets[1].Label(), "6-10");
  EXPECT_EQ(buckets[2].Label(), "21+");
  EXPECT_EQ(buckets[2].score, 4);
}

TEST(AnalysisTest, EdgesMustRise) {
  const StatisticsTable table{.width = 1, .values = {1}};
  const std::vector<Index> lengths = {5}, edges = {10, 5};
  EXPECT_THROW(ScoreByLength(table, lengths, edges, MeanScore), std::logic_error);
}

TEST(AnalysisTest, LargestDifferencesComeFirst) {
  const std::vector<double> first = {10, 50, 30, 20}, second = {20, 10, 30, 60};
  const auto differences = LargestDifferences(first, second, 2);
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].line, 1);
  EXPECT_EQ(differences[0].first, 50);
  EXPECT_EQ(differences[1].line, 3);
  EXPECT_EQ(LargestDifferences(first, second, 10).size(), 3u);  // line 2 does not differ
}

TEST(AnalysisTest, LinesAreScoredAlone) {
  const StatisticsTable table{.width = 2, .values = {1, 2, 3, 4}};
  EXPECT_THAT(ScoreLines(table, MeanScore), ElementsAre(0.5, 0.75));
}

TEST(AnalysisTest, CountsWords) {
  EXPECT_THAT(CountWords(Strings{"a b", "", "c\u3000d e"}), ElementsAre(2, 0, 3));
}

TEST(AnalysisTest, FindsSuspiciousInput) {
  InputFindings findings;
  const std::vector<Strings> references = {{"a b .", "c", "d"}, {"x", "c d", "\u3000"}};
  findings.Add(Strings{"a b .", "c d", "\u3000"}, references);
  EXPECT_EQ(findings.num_lines, 3);
  EXPECT_EQ(findings.num_identical, 2);  // not the line without words
  EXPECT_EQ(findings.num_empty, 1);
  EXPECT_EQ(findings.num_spaced_periods, 1);
  EXPECT_FALSE(findings.LooksTokenized());
}

TEST(AnalysisTest, ManySpacedPeriodsLookTokenized) {
  const auto looks_tokenized = [](std::size_t num_spaced, std::size_t num_others) {
    Strings lines(num_spaced, "a .");
    lines.resize(num_spaced + num_others, "a.");
    const std::vector<Strings> references = {Strings(lines.size(), "b")};
    InputFindings findings;
    findings.Add(lines, references);
    return findings.LooksTokenized();
  };
  // Most of ten and more lines, or a hundred among however many.
  EXPECT_TRUE(looks_tokenized(10, 0));
  EXPECT_FALSE(looks_tokenized(9, 0));
  EXPECT_TRUE(looks_tokenized(10, 9));
  EXPECT_FALSE(looks_tokenized(10, 10));
  EXPECT_TRUE(looks_tokenized(100, 1000));
  EXPECT_FALSE(looks_tokenized(99, 1000));
}

}  // namespace
}  // namespace talmach
