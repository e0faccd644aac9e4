#include "report/line_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evaluation/two_part_corpus.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;

std::vector<ReportLine> SampleLines() {
  return {{.line = 4,
           .source = "Hallo",
           .references = {"Hello", "Hi"},
           .hypotheses = {"Hello", "Hullo"},
           .scores = {100, 12.34}},
          {.line = 0, .references = {"Yes"}, .hypotheses = {"No", "Yes"}, .scores = {0, 100}}};
}

TEST(LineDifferencesTest, AParagraphHoldsBothScoresAndAllTexts) {
  const std::vector<SystemResult> systems = {{.name = "old"}, {.name = "new"}};
  EXPECT_EQ(DifferencesText(SampleLines(), systems, "BLEU"),
            "\nline 5: BLEU 100.0 against 12.3\n"
            "  source: Hallo\n"
            "  reference: Hello\n"
            "  reference: Hi\n"
            "  old: Hello\n"
            "  new: Hullo\n"
            "\nline 1: BLEU 0.0 against 100.0\n"
            "  reference: Yes\n"
            "  old: No\n"
            "  new: Yes\n");
}

TEST(LineDifferencesTest, RecordsCountLinesFromOne) {
  const nlohmann::ordered_json json = DifferencesJson(SampleLines());
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["line"], 5);
  EXPECT_EQ(json[0]["scores"], nlohmann::ordered_json({100, 12.34}));
  EXPECT_EQ(json[0]["source"], "Hallo");
  EXPECT_EQ(json[0]["references"], nlohmann::ordered_json({"Hello", "Hi"}));
  EXPECT_EQ(json[1]["hypotheses"], nlohmann::ordered_json({"No", "Yes"}));
}

TEST(LineDifferencesTest, TheLargestComeWithAllTextsOfTheirLines) {
  const std::vector<Metric> metrics = {MakeTerMetric({}, 1)};
  const EvaluatedCorpus corpus = TwoPartCorpus(metrics);
  const std::vector<ReportLine> lines = FindDifferences(corpus, 10);
  ASSERT_EQ(lines.size(), 2u);  // the systems agree on the other one
  EXPECT_EQ(lines[0].line, 2);  // all of "f" is wrong, half of "a b"
  EXPECT_EQ(lines[1].source, "A B C");
  EXPECT_THAT(lines[1].references, ElementsAre("a b"));
  EXPECT_THAT(lines[1].hypotheses, ElementsAre("a b", "a c"));
  EXPECT_THAT(lines[1].scores, ElementsAre(0, 50));
  EXPECT_EQ(FindDifferences(corpus, 1).size(), 1u);
}

}  // namespace
}  // namespace talmach
