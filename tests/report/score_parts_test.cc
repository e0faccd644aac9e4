#include "report/score_parts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/example_results.h"

namespace talmach {
namespace {

TEST(ScorePartsTest, BleuHasSacrebleusForm) {
  EXPECT_EQ(PartsText(ExampleBleu()),
            "83.3/60.0/50.0/33.3 (BP = 1.000 ratio = 1.000 hyp_len = 6 ref_len = 6)");
  EXPECT_EQ(PartsJson(ExampleBleu())["counts"].dump(), "[5,3,2,1]");
}

TEST(ScorePartsTest, SmoothedCountsMayBeFractions) {
  const Metric metric =
      MakeBleuMetric({.smoothing = BleuSmoothing::kAddK, .smoothing_value = 0.5}, "BLEU", 1);
  EXPECT_EQ(PartsJson(ScoreWith(metric, {"a b"}, {{"a b"}}))["counts"].dump(), "[2,1.5,0.5,0.5]");
}

TEST(ScorePartsTest, AlignmentErrorShowsItsLinks) {
  AlignmentError error;
  error.Add({{0, 0}, {1, 1}}, {.sure = {{0, 0}}, .possible = {{0, 0}}});
  const MetricResult result = AlignmentResult(error);
  EXPECT_EQ(PartsText(result),
            "(precision = 50.0 recall = 100.0 F1 = 66.7 links = 2 sure = 1 possible = 1)");
  EXPECT_EQ(PartsJson(result)["links"], 2);
}

TEST(ScorePartsTest, ScoresByLengthComeLast) {
  MetricResult result = ExampleBleu();
  result.by_length = {{.shortest = 0, .longest = 10, .num_lines = 1, .score = 54}};
  EXPECT_EQ(PartsJson(result).back().dump(), R"([{"length":"0-10","lines":1,"score":54.0}])");
  EXPECT_EQ(PartsText({.name = "chrF2"}), "");
  EXPECT_TRUE(PartsJson({.name = "chrF2"}).empty());
}

}  // namespace
}  // namespace talmach
