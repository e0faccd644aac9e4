#include "training/training_limits.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TrainingState After(Index update, Index epoch, bool epoch_ended = false) {
  TrainingState state;
  state.update = update;
  state.epoch = epoch;
  state.epoch_ended = epoch_ended;
  return state;
}

TEST(TrainingLimitsTest, WithoutLimitsTrainingGoesOn) {
  EXPECT_EQ(ReachedLimit(TrainingOptions(), After(1'000'000, 1000), 1e9), std::nullopt);
}

TEST(TrainingLimitsTest, UpdatesAreCounted) {
  TrainingOptions options;
  options.max_updates = 5;
  EXPECT_EQ(ReachedLimit(options, After(4, 1), 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, After(5, 1), 0.0), TrainingOutcome::kFinished);
}

TEST(TrainingLimitsTest, AnEpochCountsWhenItHasEnded) {
  TrainingOptions options;
  options.max_epochs = 2;
  EXPECT_EQ(ReachedLimit(options, After(9, 2), 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, After(9, 2, true), 0.0), TrainingOutcome::kFinished);
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
  TrainingState state;
  state.seconds = 15;
  EXPECT_EQ(ReachedLimit(options, state, 5.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(options, state, 10.0), TrainingOutcome::kOutOfTime);
  options.schedule = ScheduleType::kCosine;
  EXPECT_EQ(ReachedLimit(options, state, 5.0), TrainingOutcome::kFinished);
}

}  // namespace
}  // namespace talmach
