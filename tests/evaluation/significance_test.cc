#include "evaluation/significance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace talmach {
namespace {

// The mean of column 0; column 1 counts lines.
double MeanScore(std::span<const double> sums) { return sums[0] / sums[1]; }

// Lines drawn from a normal distribution.
StatisticsTable NormalLines(Index num_lines, double mean, double deviation, std::uint64_t key) {
  RandomStream random(key);
  StatisticsTable table{.width = 2};
  for (Index line = 0; line < num_lines; ++line) {
    table.values.push_back(mean + deviation * random.Normal());
    table.values.push_back(1);
  }
  return table;
}

// The mean of n numbers has the standard error s / √n, and 95 % lie within 1.96 of these.
TEST(SignificanceTest, BootstrapIntervalOfAMeanIsTheTextbooks) {
  const StatisticsTable table = NormalLines(400, 10, 3, 1);
  double squares = 0;
  const double mean = MeanScore(table.Sum());
  for (Index line = 0; line < 400; ++line) squares += std::pow(table.row(line)[0] - mean, 2);
  const double error = std::sqrt(squares / 400 / 400);
  const ConfidenceInterval interval =
      BootstrapConfidence(table, MeanScore, {.num_trials = 4000, .seed = 7});
  EXPECT_NEAR(interval.mean, mean, 4 * error / std::sqrt(4000.0));
  EXPECT_NEAR(interval.half_width, 1.96 * error, 0.05 * error * 1.96);
}

TEST(SignificanceTest, EqualSystemsAreNotDifferent) {
  const std::vector<StatisticsTable> systems(2, NormalLines(100, 0, 1, 2));
  EXPECT_EQ(*PairedRandomisation(systems, MeanScore, {.num_trials = 99})[1].p_value, 0.01);
  EXPECT_FALSE(PairedRandomisation(systems, MeanScore, {})[0].p_value.has_value());
  EXPECT_EQ(*PairedBootstrap(systems, MeanScore, {.num_trials = 99})[1].p_value, 0.01);
}

TEST(SignificanceTest, ClearDifferencesAreSignificant) {
  const std::vector<StatisticsTable> systems = {
      NormalLines(200, 0, 1, 3), NormalLines(200, 1, 1, 4), NormalLines(200, 0.02, 1, 5)};
  const auto randomisation = PairedRandomisation(systems, MeanScore, {.num_trials = 999});
  EXPECT_EQ(*randomisation[1].p_value, 0.001);
  EXPECT_GT(*randomisation[2].p_value, 0.05);
  const auto bootstrap = PairedBootstrap(systems, MeanScore, {.num_trials = 999});
  EXPECT_EQ(*bootstrap[1].p_value, 0.001);
  EXPECT_GT(*bootstrap[2].p_value, 0.05);
  EXPECT_TRUE(bootstrap[0].confidence.has_value());
}

// Three lines have 8 ways of swapping, so the exact p-value is known: differences of the line
// scores 1, 2, 4 give |±1 ± 2 ± 4| = 7, 5, 3, 1, twice each.
TEST(SignificanceTest, RandomisationApproachesTheExactShare) {
  const StatisticsTable baseline{.width = 2, .values = {0, 1, 0, 1, 0, 1}};
  const StatisticsTable system{.width = 2, .values = {1, 1, 2, 1, -4, 1}};  // |1 + 2 − 4| = 1
  const std::vector<StatisticsTable> systems = {baseline, system};
  const auto results = PairedRandomisation(systems, MeanScore, {.num_trials = 20000});
  EXPECT_NEAR(*results[1].p_value, 0.75, 0.02);
}

// Computed with numpy 1.24 as sacreBLEU does: default_rng(12345).choice(90, size=(1500, 90)) for
// the bootstrap, .integers(2, size=(1500, 90), dtype=bool) for the lines that are not swapped.
TEST(SignificanceTest, ResamplesAreThoseOfSacrebleu) {
  std::vector<StatisticsTable> systems(2, {.width = 2});
  for (Index line = 0; line < 90; ++line) {
    const Index first = line * 37 % 101, second = line * 53 % 97 + 5 * (line % 4);
    systems[0].values.insert(systems[0].values.end(), {static_cast<double>(first), 1});
    systems[1].values.insert(systems[1].values.end(), {static_cast<double>(second), 1});
  }
  const TrialOptions options{.num_trials = 1500, .num_threads = 2};
  const auto bootstrap = PairedBootstrap(systems, MeanScore, options);
  EXPECT_NEAR(bootstrap[0].confidence->mean, 49.584629629629625, 1e-9);
  EXPECT_NEAR(bootstrap[0].confidence->half_width, 6.072222222222223, 1e-9);
  EXPECT_NEAR(bootstrap[1].confidence->mean, 55.12442222222222, 1e-9);
  EXPECT_NEAR(bootstrap[1].confidence->half_width, 5.833333333333332, 1e-9);
  EXPECT_EQ(*bootstrap[1].p_value, 103. / 1501);
  EXPECT_EQ(*PairedRandomisation(systems, MeanScore, options)[1].p_value, 284. / 1501);
}

TEST(SignificanceTest, SameSeedSameResultOnAnyNumberOfThreads) {
  const std::vector<StatisticsTable> systems = {NormalLines(150, 0, 1, 6),
                                                NormalLines(150, 0.1, 1, 7)};
  const TrialOptions one{.num_trials = 200, .num_threads = 1},
      four{.num_trials = 200, .num_threads = 4};
  EXPECT_EQ(PairedBootstrap(systems, MeanScore, one)[1].p_value,
            PairedBootstrap(systems, MeanScore, four)[1].p_value);
  EXPECT_EQ(PairedRandomisation(systems, MeanScore, one)[1].p_value,
            PairedRandomisation(systems, MeanScore, four)[1].p_value);
  EXPECT_EQ(BootstrapConfidence(systems[0], MeanScore, one).mean,
            BootstrapConfidence(systems[0], MeanScore, four).mean);
  const TrialOptions other{.num_trials = 200, .seed = 1};
  EXPECT_NE(BootstrapConfidence(systems[0], MeanScore, one).mean,
            BootstrapConfidence(systems[0], MeanScore, other).mean);
}

TEST(SignificanceTest, NeedsLinesAndTrials) {
  const StatisticsTable table = NormalLines(3, 0, 1, 1);
  EXPECT_THROW(BootstrapConfidence({.width = 2}, MeanScore, {}), std::logic_error);
  EXPECT_THROW(BootstrapConfidence(table, MeanScore, {.num_trials = 0}), std::logic_error);
  const std::vector<StatisticsTable> unequal = {table, NormalLines(4, 0, 1, 1)};
  EXPECT_THROW(PairedBootstrap(unequal, MeanScore, {}), std::logic_error);
}

}  // namespace
}  // namespace talmach
