#include "report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/example_results.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtmlReportTest, ShowsEverythingAndEscapesTexts) {
  EvaluationReport report{.title = "a & b", .metric = "BLEU", .length_of = "source words"};
  for (const SystemResult& result : TwoSystems()) {
    report.systems.push_back(
        {.result = result,
         .by_length = {{.shortest = 0, .longest = 10, .num_lines = 1, .score = 54}},
         .line_scores = {54}});
  }
  report.lines = {{.line = 4,
                   .source = "<script>alert(1)</script>",
                   .references = {"r"},
                   .hypotheses = {"h1", "h2"},
                   .scores = {1, 2}}};
  const std::string page = HtmlReport(report);
  for (const char* part : {"<title>a &amp; b</title>", "N-gram precision", "BLEU by source words",
                           "Lines by their BLEU", "<h3>Line 5</h3>", "p = 0.0125", "0-10"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

TEST(HtmlReportTest, WorksWithoutBleuLengthsAndLines) {
  EvaluationReport report{.title = "t", .metric = "TER", .length_of = "reference words"};
  report.systems.push_back(
      {.result = {.name = "s", .metrics = {{.name = "TER", .score = 3}}}, .line_scores = {250}});
  const std::string page = HtmlReport(report);
  EXPECT_THAT(page, Not(HasSubstr("N-gram")));
  EXPECT_THAT(page, HasSubstr("90–100: 1.00"));
}

}  // namespace
}  // namespace talmach
