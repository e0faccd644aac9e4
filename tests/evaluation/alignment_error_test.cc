#include "evaluation/alignment_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

TEST(AlignmentErrorTest, MatchesTheDefinitionByHand) {
  AlignmentError error;
  // A = 4 links, S = 2, P = 4; A ∩ S = 1, A ∩ P = 3.
  error.Add(ParseLinks("0-0 1-2 2-1 3-3", "a"), ParseAnnotatedLinks("0-0 1-1 1?2 2?1", "b"));
  EXPECT_DOUBLE_EQ(error.Precision(), 3. / 4);
  EXPECT_DOUBLE_EQ(error.Recall(), 1. / 2);
  EXPECT_DOUBLE_EQ(error.ErrorRate(), 1 - (1. + 3) / (4 + 2));
  EXPECT_DOUBLE_EQ(error.F1(), 2 * .75 * .5 / 1.25);
  EXPECT_EQ(error.num_possible(), 4);
}

TEST(AlignmentErrorTest, SumsOverSentences) {
  AlignmentError error;
  error.Add(ParseLinks("0-0", "a"), ParseAnnotatedLinks("0-0", "b"));
  error.Add(ParseLinks("", "a"), ParseAnnotatedLinks("0-0 1-1", "b"));
  EXPECT_DOUBLE_EQ(error.Precision(), 1);
  EXPECT_DOUBLE_EQ(error.Recall(), 1. / 3);
}

TEST(AlignmentErrorTest, PerfectLinksHaveNoError) {
  AlignmentError error;
  error.Add(ParseLinks("0-1 1-0 0-1", "a"), ParseAnnotatedLinks("0-1 1-0 5?5", "b"));
  EXPECT_EQ(error.ErrorRate(), 0);
  EXPECT_EQ(error.F1(), 1);
}

TEST(AlignmentErrorTest, NothingAtAllIsDefined) {
  const AlignmentError error;
  EXPECT_EQ(error.ErrorRate(), 0);
  EXPECT_EQ(error.Precision(), 0);
  EXPECT_EQ(error.F1(), 0);
}

TEST(AlignmentErrorTest, WrongLinksAreNamedWithTheirPlace) {
  for (const char* line :
       {"0-", "-1", "1", "a-b", "0-1x", "0--1", "0?1", "1-2-3", "99999999999999999999-1"}) {
    try {
      ParseLinks(line, "x.txt:7");
      ADD_FAILURE() << line << " was accepted";
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("x.txt:7: not an alignment; expected links like 0-1"));
    }
  }
  EXPECT_THROW(ParseAnnotatedLinks("0!1", "x"), DataError);
}

}  // namespace
}  // namespace talmach
