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

TEST(ParseNumberTest, RefusesWhatADoubleCannotHold) {
  for (const char* text : {"1e309", "-1e309", "inf", "-inf", "nan", "1e-400", "1e-310", "0.1e-330",
                           "0x10", "1,5", "1 ", " 1", "1e", "--1", "1_000"}) {
    EXPECT_FALSE(ParseNumber(text, {-1e308, 1e308}, false)) << text;
  }
  EXPECT_EQ(ParseNumber("0e-400", {0, 1}, false), 0);
  EXPECT_FALSE(ParseNumber("9007199254740994", {0, 1e300}, true));
}

TEST(ParseFloatTest, RefusesWhatSinglePrecisionCannotHold) {
  for (const char* text : {"1e39", "3.5e38", "-1e39", "1e308", "1e-50", "1e-40", "inf", "1x", ""}) {
    EXPECT_FALSE(ParseFloat(text, {-1e308, 1e308})) << text;
  }
  EXPECT_EQ(ParseFloat("3.4e38", {0, 1e300}), 3.4e38f);
  EXPECT_EQ(ParseFloat("1.2e-38", {0, 1}), 1.2e-38f);
  EXPECT_EQ(ParseFloat("0", {0, 1}), 0.0f);
  EXPECT_TRUE(IsTooWideForFloat("1e39"));
  EXPECT_TRUE(IsTooWideForFloat("1e-50"));
  EXPECT_FALSE(IsTooWideForFloat("0.5"));
  EXPECT_FALSE(IsTooWideForFloat("word"));
}

}  // namespace
}  // namespace talmach
