#include "io/json_outline.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(JsonOutlineTest, NothingIsWrongWithPlainJson) {
  for (const char* text : {"{}", "[]", "1", R"({"a":[1,-2,3.5,true,null,"x"],"b":{"a":1}})"}) {
    EXPECT_EQ(FindJsonMistake(text, 3), "") << text;
  }
}

TEST(JsonOutlineTest, WhatIsNoJsonIsRefused) {
  for (const char* text : {"", "{", "[1,]", "{\"a\"}", "{} {}", "nul"}) {
    EXPECT_EQ(FindJsonMistake(text, 3), "is not valid JSON") << text;
  }
}

TEST(JsonOutlineTest, NestingIsCountedWhereItIsDeepest) {
  EXPECT_EQ(FindJsonMistake("[[[]],[[]]]", 3), "");
  EXPECT_EQ(FindJsonMistake("[[],[[]]]", 2), "is nested too deeply");
  EXPECT_EQ(FindJsonMistake(R"({"a":[{}]})", 3), "");
  EXPECT_EQ(FindJsonMistake(R"({"a":[{}]})", 2), "is nested too deeply");
  // What would end at the end of the stack if it were followed.
  EXPECT_EQ(FindJsonMistake(std::string(1000000, '['), 8), "is nested too deeply");
}

TEST(JsonOutlineTest, KeysOfTheOutermostObjectAreThereOnce) {
  EXPECT_EQ(FindJsonMistake(R"({"a":1,"b":2,"a":3})", 3), "names \"a\" twice");
  EXPECT_EQ(FindJsonMistake(R"({"a":{"x":1},"b":{"x":2}})", 3), "");
}

}  // namespace
}  // namespace talmach
