#include "base/group_digits.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(GroupDigitsTest, PutsACommaBeforeEveryThirdDigitFromTheEnd) {
  EXPECT_EQ(GroupDigits(0), "0");
  EXPECT_EQ(GroupDigits(999), "999");
  EXPECT_EQ(GroupDigits(1000), "1,000");
  EXPECT_EQ(GroupDigits(1234567), "1,234,567");
  EXPECT_EQ(GroupDigits(-123), "-123");
  EXPECT_EQ(GroupDigits(-64000), "-64,000");
}

}  // namespace
}  // namespace talmach
