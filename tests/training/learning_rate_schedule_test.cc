#include "training/learning_rate_schedule.h"

#include <gtest/gtest.h>

#include "training/exponential_moving_average.h"
#include "training/training_progress.h"

namespace talmach {
namespace {

TrainingOptions Options(ScheduleType schedule, Index warmup_updates) {
  TrainingOptions options;
  options.schedule = schedule;
  options.learning_rate = 0.01;
  options.warmup_updates = warmup_updates;
  return options;
}

TEST(LearningRateTest, WarmUpIsLinearFromTheFirstUpdate) {
  const TrainingOptions options = Options(ScheduleType::kConstant, 4);
  EXPECT_DOUBLE_EQ(LearningRate(options, 1, 0, {}), 0.0025);
  EXPECT_DOUBLE_EQ(LearningRate(options, 3, 0, {}), 0.0075);
  EXPECT_DOUBLE_EQ(LearningRate(options, 4, 0, {}), 0.01);
  EXPECT_DOUBLE_EQ(LearningRate(options, 400, 0, {}), 0.01);
}

TEST(LearningRateTest, WithoutWarmUpTheFirstUpdateHasThePeak) {
  for (const ScheduleType type : {ScheduleType::kConstant, ScheduleType::kInverseSqrt,
                                  ScheduleType::kCosine, ScheduleType::kPlateau}) {
    EXPECT_DOUBLE_EQ(LearningRate(Options(type, 0), 1, 0, {}), 0.01) << ToString(type);
  }
}

TEST(LearningRateTest, InverseSquareRootHalvesWhenUpdatesQuadruple) {
  const TrainingOptions options = Options(ScheduleType::kInverseSqrt, 100);
  EXPECT_DOUBLE_EQ(LearningRate(options, 50, 0, {}), 0.005);
  EXPECT_DOUBLE_EQ(LearningRate(options, 100, 0, {}), 0.01);
  EXPECT_DOUBLE_EQ(LearningRate(options, 400, 0, {}), 0.005);
  EXPECT_DOUBLE_EQ(LearningRate(options, 1600, 0, {}), 0.0025);
}

TEST(LearningRateTest, CosineFallsFromThePeakToTheFloor) {
  TrainingOptions options = Options(ScheduleType::kCosine, 0);
  options.minimum_learning_rate = 0.002;
  EXPECT_DOUBLE_EQ(LearningRate(options, 1, 0.0, {}), 0.01);
  EXPECT_DOUBLE_EQ(LearningRate(options, 2, 0.5, {}), 0.006);
  EXPECT_NEAR(LearningRate(options, 3, 1.0 / 3.0, {}), 0.002 + 0.008 * 0.75, 1e-15);
  EXPECT_DOUBLE_EQ(LearningRate(options, 4, 1.0, {}), 0.002);
}

TEST(LearningRateTest, PlateauHalvesDownToTheFloor) {
  TrainingOptions options = Options(ScheduleType::kPlateau, 0);
  options.minimum_learning_rate = 0.002;
  EXPECT_DOUBLE_EQ(LearningRate(options, 9, 0, {.reductions = 1}), 0.005);
  EXPECT_DOUBLE_EQ(LearningRate(options, 9, 0, {.reductions = 2}), 0.0025);
  EXPECT_DOUBLE_EQ(LearningRate(options, 9, 0, {.reductions = 3}), 0.002);
}

TEST(PlateauStateTest, ReducesAfterPatienceAndThenWaitsAgain) {
  PlateauState state;
  EXPECT_FALSE(state.Observe(/*is_best=*/true, 2));
  EXPECT_FALSE(state.Observe(false, 2));
  EXPECT_TRUE(state.Observe(false, 2));
  EXPECT_FALSE(state.Observe(false, 2));
  EXPECT_FALSE(state.Observe(true, 2));
  EXPECT_FALSE(state.Observe(false, 2));
  EXPECT_TRUE(state.Observe(false, 2));
  EXPECT_EQ(state.reductions, 2);
}

TEST(TrainingProgressTest, TheLimitThatEndsFirstGivesTheShare) {
  TrainingOptions options;
  const TrainingProgress progress{.updates = 100, .epochs = 2.5, .seconds = 30};
  EXPECT_EQ(ShareDone(options, progress), 0.0);
  options.max_updates = 1000;
  EXPECT_DOUBLE_EQ(ShareDone(options, progress), 0.1);
  options.max_epochs = 10;
  EXPECT_DOUBLE_EQ(ShareDone(options, progress), 0.25);
  options.max_seconds = 60;
  EXPECT_DOUBLE_EQ(ShareDone(options, progress), 0.5);
  options.max_updates = 50;
  EXPECT_DOUBLE_EQ(ShareDone(options, progress), 1.0);
}

TEST(TrainingProgressTest, SecondsLeftFollowTheAverageSpeedOrTheClock) {
  TrainingOptions options;
  const TrainingProgress progress{
      .updates = 100, .epochs = 0.0, .seconds = 30, .seconds_of_this_part = 10};
  EXPECT_LT(SecondsLeft(options, progress), 0.0);
  options.max_updates = 400;
  EXPECT_DOUBLE_EQ(SecondsLeft(options, progress), 90.0);
  options.max_seconds = 50;
  EXPECT_DOUBLE_EQ(SecondsLeft(options, progress), 40.0);
  EXPECT_DOUBLE_EQ(SecondsLeft(options, {}), 50.0);
  options.schedule = ScheduleType::kCosine;  // all parts count together
  EXPECT_DOUBLE_EQ(SecondsLeft(options, progress), 20.0);
}

TEST(MovingAverageTest, RecursionEqualsTheBiasCorrectedSum) {
  const double decay = 0.9;
  const double weights[] = {3.0, -1.0, 4.0, 1.5, -2.0};
  double recursive = 123.0;  // the start must not matter
  double sum = 0.0;
  double power = 1.0;
  for (Index step = 1; step <= 5; ++step) {
    const double d = MovingAverageDecay(decay, step);
    recursive = d * recursive + (1.0 - d) * weights[step - 1];
    sum = decay * sum + (1.0 - decay) * weights[step - 1];
    power *= decay;
    EXPECT_NEAR(recursive, sum / (1.0 - power), 1e-12) << "step " << step;
  }
}

}  // namespace
}  // namespace talmach
