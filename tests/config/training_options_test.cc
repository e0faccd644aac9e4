#include "config/training_options.h"

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

}  // namespace
}  // namespace talmach
