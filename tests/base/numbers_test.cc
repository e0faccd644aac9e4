#include "base/numbers.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(NumberTextTest, IsTheShortestTextOfTheNumber) {
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(static_cast<double>(0.1f)), "0.1");
  EXPECT_EQ(NumberText(3), "3");
  EXPECT_EQ(NumberText(1000000), "1000000");
  EXPECT_EQ(NumberText(1e-9), "1e-09");
}

TEST(ParseNumberTest, TakesWholeNumbersInRangeOnly) {
  EXPECT_EQ(ParseNumber("1e3", {0, 1e9}, true), 1000);
  EXPECT_EQ(ParseNumber("+3", {0, 9}, true), 3);
  EXPECT_FALSE(ParseNumber("", {0, 9}, true));
  EXPECT_FALSE(ParseNumber("3x", {0, 9}, true));
  EXPECT_FALSE(ParseNumber("inf", {0, 1e300}, false));
  EXPECT_FALSE(ParseNumber("1e999", {0, 1e300}, false));
  EXPECT_FALSE(ParseNumber("10", {0, 9}, false));
}

}  // namespace
}  // namespace talmach
