#include "base/error.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace talmach {
namespace {

TEST(ErrorTest, JoinsAllParts) {
  const ConfigError error({.where = "x.yaml:12",
                           .what = "training.batch_tokens",
                           .expected = "> 0",
                           .got = "-5",
                           .hint = "try 1200"});
  EXPECT_STREQ(error.what(), "x.yaml:12: training.batch_tokens; expected > 0, got -5; try 1200");
}

TEST(ErrorTest, LeavesOutEmptyParts) {
  EXPECT_STREQ(DataError({.where = "a.txt", .what = "empty corpus"}).what(), "a.txt: empty corpus");
  EXPECT_STREQ(Error({.what = "cannot write", .got = "EIO"}).what(), "cannot write; got EIO");
}

TEST(ErrorTest, APlaceMayStandForTheComplaint) {
  EXPECT_STREQ(
      ConfigError({.where = "x.yaml:12: training.batch_tokens", .expected = "> 0", .got = "-5"})
          .what(),
      "x.yaml:12: training.batch_tokens: expected > 0, got -5");
}

TEST(ErrorTest, ShowsLittleOfWhatIsLongAndNoControlCharacters) {
  EXPECT_STREQ(Error({.what = "a\nb", .got = "c\x1b[31m\n\td"}).what(), "a\nb; got c?[31m??d");
  EXPECT_STREQ(
      Error({.where = "x:1", .what = "layers.a\nb", .expected = "c\n", .hint = "d\n"}).what(),
      "x:1: layers.a?b; expected c?; d?");
  const std::string text = Error({.where = std::string(5000, 'x')}).what();
  EXPECT_EQ(text, std::string(1000, 'x') + "…");
  std::string umlauts = "a";
  while (umlauts.size() < 2000) umlauts += "ä";
  EXPECT_TRUE(IsValidUtf8(Error({.got = umlauts}).what()));
}

TEST(ErrorTest, RequireThrowsLogicErrorOnlyWhenViolated) {
  EXPECT_NO_THROW(Require(true, "fine"));
  EXPECT_THROW(Require(false, "broken"), std::logic_error);
}

}  // namespace
}  // namespace talmach
