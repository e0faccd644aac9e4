#include "evaluation/evaluated_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluation/two_part_corpus.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EvaluatedCorpusTest, PartsAddUpToTheWhole) {
  const std::vector<Metric> metrics = {MakeBleuMetric({}, "BLEU", 1), MakeTerMetric({}, 1)};
  EvaluatedCorpus whole({"s"}, metrics, {});
  whole.Add({.references = {{"a b c d", "e f g", "h"}}, .hypotheses = {{"a b c x", "e g", "h"}}});
  EvaluatedCorpus parts({"s"}, metrics, {});
  parts.Add({.references = {{"a b c d"}}, .hypotheses = {{"a b c x"}}});
  parts.Add({.references = {{"e f g", "h"}}, .hypotheses = {{"e g", "h"}}});
  EXPECT_EQ(parts.num_lines(), 3);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    EXPECT_EQ(parts.systems()[0].tables[m].Sum(), whole.systems()[0].tables[m].Sum());
    EXPECT_EQ(parts.systems()[0].tables[m].num_lines(), 1);  // the sums alone
  }
  EXPECT_EQ(parts.systems()[0].findings.num_identical, 1);
}

TEST(EvaluatedCorpusTest, KeepsWhatItIsAskedFor) {
  const std::vector<Metric> metrics = {MakeChrfMetric({}, 1)};
  const EvaluatedCorpus corpus = TwoPartCorpus(metrics);
  EXPECT_EQ(corpus.systems()[1].tables[0].num_lines(), 3);
  EXPECT_THAT(corpus.systems()[1].lines, ElementsAre("a c", "d e", "g"));
  EXPECT_THAT(corpus.references(), ElementsAre(ElementsAre("a b", "d e", "f")));
  EXPECT_THAT(corpus.source(), ElementsAre("A B C", "D E", "F"));
  EXPECT_THAT(corpus.lengths(), ElementsAre(3, 2, 1));
  EvaluatedCorpus sums({"s"}, metrics, {});
  sums.Add({.references = {{"a"}}, .hypotheses = {{"a"}}});
  EXPECT_THAT(sums.lengths(), IsEmpty());
  EXPECT_THAT(sums.references(), IsEmpty());
}

TEST(EvaluatedCorpusTest, CountsTheReferencesOfEachLine) {
  const std::vector<Metric> metrics = {MakeTerMetric({}, 1)};
  const std::string none(kNoReference);
  EvaluatedCorpus same({"s"}, metrics, {.statistics = true});
  same.Add({.references = {{"a"}, {"b"}}, .hypotheses = {{"a"}}});
  EXPECT_EQ(same.num_references(), 2);
  same.Add({.references = {{"a"}, {none}}, .hypotheses = {{"a"}}});
  EXPECT_EQ(same.num_references(), -1);
  EXPECT_THAT(same.reference_counts(), ElementsAre(2, 1));
}

}  // namespace
}  // namespace talmach
