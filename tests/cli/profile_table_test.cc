#include "cli/profile_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace talmach {
namespace {

using ::testing::HasSubstr;

// Of ten seconds the encoder took four, at half of what a thread can do, and the rest waited.
Profile SampleProfile() {
  Profile profile = {};
  profile[static_cast<std::size_t>(Zone::kEncoder)] = {.seconds = 4, .flops = 80e9};
  return profile;
}
constexpr ProfileLimits kLimits = {.thread_seconds = 10, .flops_per_thread = 40e9};

TEST(ProfileTableTest, SharesAreOfTheTimeAndOfThePeak) {
  const std::string table = ProfileTable(SampleProfile(), kLimits);
  EXPECT_THAT(table, HasSubstr("encoder              4.00   40.0%      20.0    50.0%\n"));
  EXPECT_THAT(table, HasSubstr("data                 0.00    0.0%\n"));
  EXPECT_THAT(table, HasSubstr("waiting, other       6.00   60.0%\n"));
}

TEST(ProfileTableTest, RecordsHoldTheSameRows) {
  const nlohmann::ordered_json records = ProfileRecords(SampleProfile(), kLimits);
  ASSERT_EQ(records.size(), 7u);
  EXPECT_EQ(records[0].dump(), R"({"zone":"encoder","seconds":4.0,"time_share":0.4,)"
                               R"("gflops":20.0,"peak_share":0.5})");
  EXPECT_EQ(records[6]["zone"], "waiting, other");
  EXPECT_DOUBLE_EQ(records[6]["time_share"], 0.6);
}

TEST(ProfileTableTest, ClocksThatDisagreeLeaveNoNegativeRest) {
  Profile profile = SampleProfile();
  profile[static_cast<std::size_t>(Zone::kEncoder)].seconds = 10.5;
  EXPECT_EQ(ProfileRecords(profile, kLimits)[6]["seconds"], 0.0);
}

}  // namespace
}  // namespace talmach
