#include "evaluation/judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluation/two_part_corpus.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

class JudgementTest : public ::testing::Test {
 protected:
  const std::vector<Metric> metrics_ = {MakeTerMetric({}, 1), MakeChrfMetric({}, 1)};
  const EvaluatedCorpus corpus_ = TwoPartCorpus(metrics_);
};

TEST_F(JudgementTest, EverySystemGetsEveryVerdict) {
  const std::vector<SystemResult> systems = Judge(corpus_, {});
  ASSERT_EQ(systems.size(), 2u);
  EXPECT_EQ(systems[1].name, "second");
  ASSERT_EQ(systems[1].metrics.size(), 2u);
  EXPECT_EQ(systems[0].metrics[0].score, 0);
  EXPECT_NEAR(systems[1].metrics[0].score, 40, 1e-9);  // two edits of five words
  EXPECT_EQ(systems[1].metrics[1].name, "chrF2");
  EXPECT_THAT(systems[1].metrics[0].signature, HasSubstr("nrefs:1|case:lc"));
  EXPECT_FALSE(systems[1].metrics[0].p_value);
  EXPECT_FALSE(systems[1].metrics[0].confidence);
  EXPECT_TRUE(systems[1].metrics[0].by_length.empty());
}

TEST_F(JudgementTest, LengthsAreThoseOfTheSource) {
  const std::vector<SystemResult> systems = Judge(corpus_, {.length_edges = {2}});
  const std::vector<LengthBucket>& buckets = systems[1].metrics[0].by_length;
  ASSERT_EQ(buckets.size(), 2u);
  EXPECT_EQ(buckets[0].num_lines, 2);
  EXPECT_NEAR(buckets[1].score, 50, 1e-9);  // "a c" for "a b", of three source words
}

TEST_F(JudgementTest, TestsAreThoseAskedFor) {
  JudgementOptions options = {.num_resamples = 20, .paired = PairedTest::kBootstrap};
  options.num_threads = 1;
  std::vector<SystemResult> systems = Judge(corpus_, options);
  EXPECT_FALSE(systems[0].metrics[0].p_value);
  EXPECT_TRUE(systems[1].metrics[0].p_value);
  EXPECT_TRUE(systems[0].metrics[0].confidence);
  EXPECT_THAT(systems[0].metrics[0].signature, HasSubstr("bs:20|seed:12345"));
  options.paired = PairedTest::kRandomisation;
  options.num_randomisations = 10;
  systems = Judge(corpus_, options);
  EXPECT_TRUE(systems[1].metrics[0].p_value);
  EXPECT_FALSE(systems[1].metrics[0].confidence);
  EXPECT_THAT(systems[0].metrics[0].signature, HasSubstr("ar:10|seed:12345"));
  options.confidence = true;
  EXPECT_TRUE(Judge(corpus_, options)[1].metrics[0].confidence);
}

TEST(SettingTest, ADrawnSeedIsNotNamed) {
  EXPECT_EQ(SettingOf({.confidence = true, .seed_is_drawn = true}, 1).seed, "none");
  EXPECT_FALSE(SettingOf({}, 1).seed);
  EXPECT_EQ(SettingOf({}, -1).num_references, -1);
}

}  // namespace
}  // namespace talmach
