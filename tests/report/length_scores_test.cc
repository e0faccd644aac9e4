#include "report/length_scores.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace talmach {
namespace {

std::vector<LengthBucket> SampleBuckets() {
  return {{.shortest = 0, .longest = 10, .num_lines = 7, .score = 31.44},
          {.shortest = 11, .longest = -1, .num_lines = 2, .score = 5}};
}

TEST(LengthScoresTest, RecordsNameTheLengths) {
  EXPECT_EQ(
      LengthJson(SampleBuckets()).dump(),
      R"([{"length":"0-10","lines":7,"score":31.44},{"length":"11+","lines":2,"score":5.0}])");
}

TEST(LengthScoresTest, EachMetricScoredByLengthHasATable) {
  MetricResult bleu{.name = "BLEU"};
  bleu.by_length = SampleBuckets();
  const std::vector<SystemResult> systems = {{.name = "one", .metrics = {bleu, {.name = "TER"}}}};
  EXPECT_EQ(LengthText(systems, 1),
            "\nBLEU of one by words\n"
            "     0-10      31.4  7 lines\n"
            "      11+       5.0  2 lines\n");
}

}  // namespace
}  // namespace talmach
