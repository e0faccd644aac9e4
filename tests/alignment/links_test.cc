#include "alignment/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PharaohTest, LinksAreReadSortedAndOnce) {
  EXPECT_EQ(ToPharaoh(ParsePharaoh(" 2-1\t0-10 2-1 0-9 ", "x:1")), "0-9 0-10 2-1");
  EXPECT_TRUE(ParsePharaoh("", "x:1").empty());
  EXPECT_EQ(ToPharaoh({}), "");
}

TEST(PharaohTest, WhatIsNoLinkIsNamed) {
  for (const char* text :
       {"0", "0-", "-1", "0-1-2", "a-b", "0?1", "0--1", "0-1,", "1-99999999999999999999"}) {
    try {
      ParsePharaoh(std::string("0-0 ") + text, "gold:7");
      ADD_FAILURE() << text;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("gold:7: not an alignment")) << text;
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  }
}

TEST(TransposeTest, SwapsTheSides) {
  EXPECT_THAT(Transpose({{0, 3}, {1, 0}}), ElementsAre(AlignmentLink{0, 1}, AlignmentLink{3, 0}));
}

}  // namespace
}  // namespace talmach
