#include "training/training_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(PeriodTest, ParsesUnitsAndWritesThemBack) {
  EXPECT_EQ(ParsePeriod("500u", "k"), (Period{500, Period::Unit::kUpdates}));
  EXPECT_EQ(ParsePeriod("2e", "k"), (Period{2, Period::Unit::kEpochs}));
  EXPECT_EQ(ParsePeriod("7", "k"), (Period{7, Period::Unit::kUpdates}));
  EXPECT_EQ(ToString(ParsePeriod("500u", "k")), "500u");
  EXPECT_EQ(ToString(ParsePeriod("2e", "k")), "2e");
}

TEST(PeriodTest, RefusesOtherText) {
  for (const char* text : {"", "e", "5x", "-1u", "5 u", "5uu", "99999999999999999999u", "1.5e"}) {
    EXPECT_THAT([&] { ParsePeriod(text, "training.save_every"); },
                ThrowsMessage<ConfigError>(HasSubstr("training.save_every")))
        << text;
  }
}

TEST(PeriodTest, IsDueAtMultiplesOnly) {
  const Period updates{3, Period::Unit::kUpdates};
  EXPECT_TRUE(updates.IsDue(6, 1, false));
  EXPECT_FALSE(updates.IsDue(7, 1, true));
  EXPECT_FALSE(updates.IsDue(0, 0, false));
  const Period epochs{2, Period::Unit::kEpochs};
  EXPECT_TRUE(epochs.IsDue(7, 4, true));
  EXPECT_FALSE(epochs.IsDue(7, 4, false));
  EXPECT_FALSE(epochs.IsDue(7, 3, true));
  EXPECT_FALSE(Period{}.IsDue(6, 1, true));
}

class ValidateTrainingTest : public ::testing::Test {
 protected:
  ValidateTrainingTest() { training_.max_epochs = 1; }

  void ExpectComplaint(const std::string& key) {
    EXPECT_THAT([&] { Validate(data_, training_, validation_); },
                ThrowsMessage<ConfigError>(HasSubstr(key)));
  }

  TrainingDataOptions data_{.train_source = "train.en", .train_target = "train.de"};
  TrainingOptions training_;
  ValidationOptions validation_;
};

TEST_F(ValidateTrainingTest, AcceptsTheDefaults) {
  EXPECT_NO_THROW(Validate(data_, training_, validation_));
}

TEST_F(ValidateTrainingTest, WantsExactlyOneBatchSize) {
  training_.batch_tokens = 1000;
  ExpectComplaint("training.batch_tokens");
  training_.batch_tokens = 0;
  training_.batch_sentences = 0;
  ExpectComplaint("exactly one of them > 0");
}

TEST_F(ValidateTrainingTest, CosineNeedsALimit) {
  training_.schedule = ScheduleType::kCosine;
  EXPECT_NO_THROW(Validate(data_, training_, validation_));
  training_.max_epochs = 0;
  ExpectComplaint("cosine");
}

TEST_F(ValidateTrainingTest, PlateauPatienceAndAveragesNeedValidation) {
  training_.schedule = ScheduleType::kPlateau;
  ExpectComplaint("training.schedule");
  training_.schedule = ScheduleType::kConstant;
  training_.early_stopping = 3;
  ExpectComplaint("training.early_stopping");
  training_.early_stopping = 0;
  training_.average_best = 5;
  ExpectComplaint("training.average_best");
  data_.valid_source = data_.train_source;
  data_.valid_target = data_.train_target;
  EXPECT_NO_THROW(Validate(data_, training_, validation_));
}

TEST_F(ValidateTrainingTest, NamesTheKeyAndTheValue) {
  training_.label_smoothing = 1.5f;
  ExpectComplaint("training.label_smoothing: expected in [0, 1), got 1.5");
  training_.label_smoothing = 0.1f;
  training_.accumulate = 0;
  ExpectComplaint("training.accumulate: expected ≥ 1, got 0");
}

}  // namespace
}  // namespace talmach
