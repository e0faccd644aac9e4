#include "report/corpus_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CorpusReport SmallReport() {
  CorpusStatisticsCollector collector(nullptr, nullptr);
  collector.Add("ein kurzer Satz", "one short sentence");
  collector.Add(
      "Gr\xFC\xDF"
      "e",
      "greetings");
  collector.Add("ein kurzer Satz", "one short sentence");
  CorpusReport report;
  report.corpora = {collector.statistics()};
  report.corpora[0].name = "training";
  report.corpora[0].source.path = "<b>.de";
  report.overlaps = {{.of = "test", .in = "training", .num_pairs = 8, .pairs = 2, .sources = 4}};
  return report;
}

TEST(CorpusReportTest, TheTextHasTheNumbers) {
  const std::string text = FormatCorpora(SmallReport());
  for (const char* part : {"training", "<b>.de", "1 (33.33 %)", "look like Latin-1", "line 2",
                           "test found in training", "2 (25.00 %)", "4 (50.00 %)"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("UTF-16")));  // no such line
  EXPECT_THAT(text, Not(HasSubstr("pieces")));
}

TEST(CorpusReportTest, TheJsonHasThemByName) {
  const std::string text = CorporaJson(SmallReport());
  EXPECT_TRUE(text.ends_with("}\n"));
  const auto json = nlohmann::json::parse(text);
  const auto& corpus = json["corpora"][0];
  EXPECT_EQ(corpus["pairs"], 3);
  EXPECT_EQ(corpus["repeated"], 1);
  EXPECT_EQ(corpus["length_ratios"]["0.8–1.25"], 2);
  EXPECT_EQ(corpus["source"]["words"]["total"], 7);
  EXPECT_EQ(corpus["source"]["invalid_utf8"], 1);
  EXPECT_EQ(corpus["source"]["encoding_doubts"]["single_byte"], 1);
  EXPECT_EQ(corpus["source"]["scripts"]["Latin"], 29);
  EXPECT_EQ(json["overlaps"][0]["sources"], 4);
}

TEST(CorpusReportTest, ThePageIsSelfContainedAndEscapesNames) {
  const std::string page = CorporaHtml(SmallReport());
  for (const char* part : {"&lt;b&gt;.de", "<svg", "training: lines by their words",
                           "training: pairs by the ratio of their lengths", "training: scripts",
                           "test found in training"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  for (const char* part : {"<script", "http://", "https://", "<b>"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
}

TEST(CorpusReportTest, ACorpusOfEmptyLinesHasAReport) {
  CorpusStatisticsCollector collector(nullptr, nullptr);
  collector.Add("", "");
  const CorpusReport report{.corpora = {collector.statistics()}};
  EXPECT_THAT(FormatCorpora(report), HasSubstr("undefined"));
  EXPECT_THAT(CorporaHtml(report), HasSubstr("</html>"));
}

}  // namespace
}  // namespace talmach
