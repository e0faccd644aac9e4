#include "base/did_you_mean.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace talmach {
namespace {

TEST(EditDistanceTest, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("beam-szie", "beam-size"), 1);
  EXPECT_EQ(EditDistance("ab", "ba"), 1);
  EXPECT_EQ(EditDistance("same", "same"), 0);
}

TEST(DidYouMeanTest, NamesTheClosestWord) {
  const std::vector<std::string> words = {"--beam-size", "--batch-size", "--help"};
  EXPECT_EQ(DidYouMean("--beam-siez", words), "did you mean --beam-size?");
  EXPECT_EQ(DidYouMean("--hlep", words), "did you mean --help?");
}

TEST(DidYouMeanTest, IsSilentWhenNothingIsClose) {
  const std::vector<std::string> words = {"translate", "train"};
  EXPECT_EQ(DidYouMean("xyzzy", words), "");
  EXPECT_EQ(DidYouMean("", words), "");
  EXPECT_EQ(DidYouMean(std::string(100000, 'a'), words), "");
}

}  // namespace
}  // namespace talmach
