#include "base/counted.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(CountedTest, OneThingIsNotSeveral) {
  EXPECT_EQ(Counted(0, "line"), "0 lines");
  EXPECT_EQ(Counted(1, "line"), "1 line");
  EXPECT_EQ(Counted(2000, "pair"), "2,000 pairs");
}

TEST(LineNumbersTest, TheFirstFiveAreNamed) {
  LineNumbers numbers;
  numbers.Add(3);
  EXPECT_EQ(numbers.Text(), "line 3");
  EXPECT_EQ(numbers.was(), "was");
  for (const Index number : {5, 9, 10, 11}) numbers.Add(number);
  EXPECT_EQ(numbers.Text("pair"), "5 pairs (3, 5, 9, 10, 11)");
  numbers.Add(12);
  EXPECT_EQ(numbers.Text(), "6 lines (3, 5, 9, 10, 11, …)");
  EXPECT_EQ(numbers.was(), "were");
}

}  // namespace
}  // namespace talmach
