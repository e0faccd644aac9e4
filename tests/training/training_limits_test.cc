#include "training/training_limits.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(TrainingLimitsTest, WithoutLimitsTrainingGoesOn) {
  const TrainingState state{.update = 1'000'000, .epoch = 1000, .seconds = 1e9};
  EXPECT_EQ(ReachedLimit(TrainingOptions(), state, 1e9), std::nullopt);
}

TEST(TrainingLimitsTest, UpdatesAreCounted) {
  TrainingOptions options;
  options.max_updates = 5;
  EXPECT_EQ(ReachedLimit(options, {.update = 4}, 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, {.update = 5}, 0.0), TrainingOutcome::kFinished);
}

TEST(TrainingLimitsTest, AnEpochCountsWhenItHasEnded) {
  TrainingOptions options;
  options.max_epochs = 2;
  EXPECT_EQ(ReachedLimit(options, {.epoch = 2}, 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, {.epoch = 2, .epoch_ended = true}, 0.0),
            TrainingOutcome::kFinished);
}

TEST(TrainingLimitsTest, PatienceEnds) {
  TrainingOptions options;
  options.early_stopping = 3;
  TrainingState state;
  state.best.stale_validations = 2;
  EXPECT_EQ(ReachedLimit(options, state, 0.0), std::nullopt);
  state.best.stale_validations = 3;
  EXPECT_EQ(ReachedLimit(options, state, 0.0), TrainingOutcome::kEarlyStopped);
}

TEST(TrainingLimitsTest, TimeIsThatOfThisPartButUnderCosineThatOfTheRun) {
  TrainingOptions options;
  options.max_seconds = 10;
  options.schedule = ScheduleType::kConstant;
  EXPECT_EQ(ReachedLimit(options, {.seconds = 15}, 5.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, {.seconds = 15}, 10.0), TrainingOutcome::kOutOfTime);
  options.schedule = ScheduleType::kCosine;
  EXPECT_EQ(ReachedLimit(options, {.seconds = 15}, 5.0), TrainingOutcome::kFinished);
}

}  // namespace
}  // namespace talmach
