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
  EXPECT_EQ(ReachedLimit(Config(), After(1'000'000, 1000), 1e9), std::nullopt);
}

TEST(TrainingLimitsTest, UpdatesAreCounted) {
  Config config;
  TrainingOptions& options = config.training;
  options.max_updates = 5;
  EXPECT_EQ(ReachedLimit(config, After(4, 1), 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(config, After(5, 1), 0.0), TrainingOutcome::kFinished);
}

TEST(TrainingLimitsTest, AnEpochCountsWhenItHasEnded) {
  Config config;
  TrainingOptions& options = config.training;
  options.max_epochs = 2;
  EXPECT_EQ(ReachedLimit(config, After(9, 2), 0.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(config, After(9, 2, true), 0.0), TrainingOutcome::kFinished);
}

TEST(TrainingLimitsTest, PatienceEnds) {
  Config config;
  config.data.valid_source = config.data.valid_target = "valid";
  TrainingOptions& options = config.training;
  options.early_stopping = 3;
  TrainingState state;
  state.best.stale_validations = 2;
  EXPECT_EQ(ReachedLimit(config, state, 0.0), std::nullopt);
  state.best.stale_validations = 3;
  EXPECT_EQ(ReachedLimit(config, state, 0.0), TrainingOutcome::kEarlyStopped);
}

TEST(TrainingLimitsTest, PatienceEndsByTheFirstScoreByAnyOrByAll) {
  Config config;
  config.data.valid_source = config.data.valid_target = "valid";
  config.training.early_stopping = 2;
  config.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kBleu,
                               ValidationMetric::kTer};
  const auto stops = [&](StopOn stop_on, Index first, Index second, Index third) {
    config.validation.stop_on = stop_on;
    TrainingState state;
    state.best.stale_validations = first;
    state.other_bests["bleu"].stale_validations = second;
    state.other_bests["ter"].stale_validations = third;
    return ReachedLimit(config, state, 0.0) == TrainingOutcome::kEarlyStopped;
  };
  EXPECT_TRUE(stops(StopOn::kFirst, 2, 0, 0));
  EXPECT_FALSE(stops(StopOn::kFirst, 1, 9, 9));
  EXPECT_TRUE(stops(StopOn::kAny, 2, 0, 0));
  EXPECT_TRUE(stops(StopOn::kAny, 0, 0, 3));
  EXPECT_FALSE(stops(StopOn::kAny, 1, 1, 1));
  EXPECT_TRUE(stops(StopOn::kAll, 2, 3, 2));
  EXPECT_FALSE(stops(StopOn::kAll, 2, 3, 1));
  EXPECT_FALSE(stops(StopOn::kAll, 1, 3, 2));
}

// A run that is resumed with other metrics may know bests of which nobody asks any more.
TEST(TrainingLimitsTest, OnlyTheScoresOfNowHavePatience) {
  Config config;
  config.data.valid_source = config.data.valid_target = "valid";
  config.training.early_stopping = 2;
  config.validation.stop_on = StopOn::kAny;
  TrainingState state;
  state.other_bests["bleu"].stale_validations = 5;
  EXPECT_EQ(ReachedLimit(config, state, 0.0), std::nullopt);
  config.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kBleu,
                               ValidationMetric::kChrf};
  EXPECT_EQ(ReachedLimit(config, state, 0.0), TrainingOutcome::kEarlyStopped);
  config.validation.stop_on = StopOn::kAll;
  state.best.stale_validations = 5;
  EXPECT_EQ(ReachedLimit(config, state, 0.0), std::nullopt) << "chrf was never measured";
}

TEST(TrainingLimitsTest, TimeIsThatOfThisPartButUnderCosineThatOfTheRun) {
  Config config;
  TrainingOptions& options = config.training;
  options.max_seconds = 10;
  options.schedule = ScheduleType::kConstant;
  TrainingState state;
  state.seconds = 15;
  EXPECT_EQ(ReachedLimit(config, state, 5.0), std::nullopt);
  EXPECT_EQ(ReachedLimit(config, state, 10.0), TrainingOutcome::kOutOfTime);
  options.schedule = ScheduleType::kCosine;
  EXPECT_EQ(ReachedLimit(config, state, 5.0), TrainingOutcome::kFinished);
}

}  // namespace
}  // namespace talmach
