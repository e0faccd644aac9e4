#include "evaluation/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluation/score_with.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

TEST(MetricTest, MultiBleuDoesNotSmooth) {
  const BleuOptions options = MultiBleuOptions(MakeBleuTokenizer("none"), true);
  const Metric metric = MakeBleuMetric(options, "multi-bleu", 1);
  const MetricResult result = ScoreWith(metric, {"A b x d"}, {{"a b c d"}});
  EXPECT_EQ(result.score, 0);
  EXPECT_THAT(result.signature, HasSubstr("case:lc|eff:no|tok:none|smooth:none"));
}

TEST(MetricTest, LinesAreScoredWithEffectiveOrder) {
  const Metric metric = MakeBleuMetric({}, "BLEU", 1);
  const std::vector<Strings> references = {{"ja du"}};
  const StatisticsTable table = metric.statistics(Strings{"ja du"}, references);
  EXPECT_NEAR(metric.line_score(table.row(0)), 100, 1e-9);
  EXPECT_EQ(metric.score(table.row(0)), 0);
}

}  // namespace
}  // namespace talmach
