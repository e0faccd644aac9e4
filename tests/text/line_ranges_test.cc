#include "text/line_ranges.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

std::string Wanted(const LineRanges& ranges) {
  std::string lines;
  for (Index line = 1; line <= 9; ++line) {
    if (ranges.Contains(line)) lines += std::to_string(line);
  }
  return lines;
}

TEST(LineRangesTest, UnderstandsLinesAndRanges) {
  EXPECT_EQ(Wanted(LineRanges()), "123456789");
  EXPECT_EQ(Wanted(LineRanges::Parse("3", "--lines")), "3");
  EXPECT_EQ(Wanted(LineRanges::Parse("2-4", "--lines")), "234");
  EXPECT_EQ(Wanted(LineRanges::Parse("8-", "--lines")), "89");
  EXPECT_EQ(Wanted(LineRanges::Parse("1,3-3,6-,2", "--lines")), "1236789");
}

TEST(LineRangesTest, RefusesEverythingElse) {
  for (const char* text :
       {"", ",", "1,", "0", "-3", "5-3", "a", "1-b", "1--2", " 1", "1.5", "99999999999999999999"}) {
    EXPECT_THROW(LineRanges::Parse(text, "--lines"), ConfigError) << text;
  }
}

}  // namespace
}  // namespace talmach
