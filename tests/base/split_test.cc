#include "base/split.h"

#include <gmock/gmock.h>

namespace talmach {
namespace {

using ::testing::ElementsAre;

TEST(SplitTest, ThereIsOnePartMoreThanSeparators) {
  EXPECT_THAT(Split("", ','), ElementsAre(""));
  EXPECT_THAT(Split("a", ','), ElementsAre("a"));
  EXPECT_THAT(Split("a,,bc", ','), ElementsAre("a", "", "bc"));
  EXPECT_THAT(Split(",a,", ','), ElementsAre("", "a", ""));
}

}  // namespace
}  // namespace talmach
