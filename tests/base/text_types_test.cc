#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/bfloat16.h"
#include "base/utf8.h"

namespace talmach {
namespace {

TEST(BFloat16Test, RoundsToNearestEven) {
  EXPECT_EQ(BFloat16(1.0f).bits, 0x3f80);
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f808000u)).bits, 0x3f80);  // tie, even below
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f818000u)).bits, 0x3f82);  // tie, even above
  EXPECT_EQ(BFloat16(std::bit_cast<float>(0x3f808001u)).bits, 0x3f81);
  EXPECT_EQ(BFloat16(-2.5f).ToFloat(), -2.5f);
}

TEST(BFloat16Test, KeepsSpecialValues) {
  EXPECT_TRUE(std::isnan(BFloat16(std::numeric_limits<float>::quiet_NaN()).ToFloat()));
  EXPECT_TRUE(std::isnan(BFloat16(std::bit_cast<float>(0x7f800001u)).ToFloat()));
  EXPECT_TRUE(std::isinf(BFloat16(std::numeric_limits<float>::infinity()).ToFloat()));
  EXPECT_TRUE(std::isinf(BFloat16(std::numeric_limits<float>::max()).ToFloat()));
}

TEST(Utf8Test, LeavesValidTextAlone) {
  Index replaced = 0;
  const std::string text = "Grüße, 世界 🙂 \xE2\x80\xA8";
  EXPECT_EQ(RepairUtf8(text, &replaced), text);
  EXPECT_EQ(replaced, 0);
  EXPECT_TRUE(IsValidUtf8(text));
}

TEST(Utf8Test, ReplacesIllFormedSequencesAndCountsThem) {
  Index replaced = 0;
  EXPECT_EQ(RepairUtf8("a\xFF"
                       "b",
                       &replaced),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(replaced, 1);
  EXPECT_EQ(RepairUtf8("\xC0\xAF", &replaced), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong slash
  EXPECT_EQ(replaced, 3);
  EXPECT_EQ(RepairUtf8("x\xE4\xB8", &replaced), "x\xEF\xBF\xBD");  // truncated at the end
  EXPECT_EQ(replaced, 4);
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));  // a surrogate
}

TEST(Utf8Test, CountsCodePoints) { EXPECT_EQ(CountCodePoints("aü世🙂"), 4); }

}  // namespace
}  // namespace talmach
