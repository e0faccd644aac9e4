#include "drawing/picture_numbers.h"

#include <gtest/gtest.h>

#include <cmath>

namespace talmach {
namespace {

TEST(PictureNumbersTest, HaveATrueMinusSign) {
  EXPECT_EQ(FixedText(-1.5, 2), "−1.50");
  EXPECT_EQ(FixedText(12.25, 1), "12.2");
  EXPECT_EQ(FixedText(std::nan(""), 2), "undefined");
  EXPECT_EQ(ShortText(-0.25, 3), "−0.25");
  EXPECT_EQ(ShortText(1, 3), "1");
}

}  // namespace
}  // namespace talmach
