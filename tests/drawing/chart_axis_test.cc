#include "drawing/chart_axis.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(ChartAxisTest, BeginsAndEndsWithARoundTick) {
  const ChartAxis axis = ChartAxis::Over(0, 37);
  EXPECT_DOUBLE_EQ(axis.low, 0);
  EXPECT_DOUBLE_EQ(axis.high, 40);
  EXPECT_DOUBLE_EQ(axis.tick, 10);
  const ChartAxis negative = ChartAxis::Over(-0.7, 0.3);
  EXPECT_DOUBLE_EQ(negative.low, -1);
  EXPECT_DOUBLE_EQ(negative.high, 0.5);
  EXPECT_DOUBLE_EQ(negative.tick, 0.5);
}

TEST(ChartAxisTest, OneNumberStillHasARange) {
  const ChartAxis axis = ChartAxis::Over(0, 0);
  EXPECT_DOUBLE_EQ(axis.low, 0);
  EXPECT_DOUBLE_EQ(axis.high, 1);
  EXPECT_DOUBLE_EQ(axis.Share(0.25), 0.25);
}

}  // namespace
}  // namespace talmach
