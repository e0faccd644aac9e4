#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(DurationTextTest, HasTheUnitsThatMatter) {
  EXPECT_EQ(DurationText(0.4), "0s");
  EXPECT_EQ(DurationText(59.4), "59s");
  EXPECT_EQ(DurationText(59.6), "1m00s");
  EXPECT_EQ(DurationText(185), "3m05s");
  EXPECT_EQ(DurationText(3600), "1h00m");
  EXPECT_EQ(DurationText(100 * 3600 + 59 * 60), "100h59m");
}

TEST(ProgressLineTest, IsPrintedAtOnceAndWipedInTheEnd) {
  testing::internal::CaptureStderr();
  {
    ProgressLine progress(/*enabled=*/true, 5000);
    progress.Update(1200);
    progress.Update(1201);  // too soon after the last one
  }
  const std::string printed = testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, AllOf(HasSubstr("1,200 of 5,000 lines, 24 %"), HasSubstr("lines/s, ETA "),
                             Not(HasSubstr("1,201")), EndsWith("\r\x1b[K")));
}

TEST(ProgressLineTest, NothingIsPrintedWhereItIsNotWantedOrThereIsNothingToSay) {
  testing::internal::CaptureStderr();
  {
    ProgressLine disabled(/*enabled=*/false, 10);
    disabled.Update(5);
    ProgressLine enabled(/*enabled=*/true, 10);
    enabled.Update(0);
    ProgressLine empty(/*enabled=*/true, 0);
    empty.Update(1);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace talmach
