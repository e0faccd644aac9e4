#include "evaluation/chrf.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using Strings = std::vector<std::string>;

double Score(const Strings& hypotheses, const std::vector<Strings>& references,
             ChrfOptions options = {}) {
  return Chrf(options).Corpus(hypotheses, references).score;
}

// By hand: characters abcd against abce. Orders 1 to 4: 3/4, 2/3, 1/2, 0/1 on both sides; orders 5
// and 6 exist on neither.
TEST(ChrfTest, MatchesTheDefinitionByHand) {
  EXPECT_NEAR(Score({"ab cd"}, {{"a bce"}}), 100 * (3. / 4 + 2. / 3 + 1. / 2) / 4, 1e-9);
}

// Precision 1, recall 1/2 at order 1 only: F2 = 5·P·R / (4·P + R).
TEST(ChrfTest, RecallCountsMoreWithBeta) {
  EXPECT_NEAR(Score({"a"}, {{"ab"}}, {.character_order = 1}), 100 * 5 * .5 / 4.5, 1e-9);
  EXPECT_NEAR(Score({"a"}, {{"ab"}}, {.character_order = 1, .beta = 1}), 100 * 2 * .5 / 1.5, 1e-9);
  EXPECT_NEAR(Score({"a"}, {{"ab"}}, {.character_order = 1, .beta = 0}), 100, 1e-9);
}

TEST(ChrfTest, WhiteSpaceCountsOnlyIfAskedFor) {
  EXPECT_NEAR(Score({"a b\u3000c"}, {{"abc"}}), 100, 1e-9);
  EXPECT_LT(Score({"a bc"}, {{"abc"}}, {.whitespace = true}), 90);
}

// Words: the cat . against a cat . → orders 1: 2/3, 2: 1/2.
TEST(ChrfTest, WordOrderAddsWordNgrams) {
  const ChrfOptions words{.character_order = 1, .word_order = 2};
  const double characters = 4. / 7, reference_characters = 4. / 5;  // c a t .
  const double precision = (characters + 2. / 3 + 1. / 2) / 3;
  const double recall = (reference_characters + 2. / 3 + 1. / 2) / 3;
  EXPECT_NEAR(Score({"the ct."}, {{"a cat."}}, {.character_order = 1, .word_order = 0}),
              100 * 5 * (3. / 6) * (3. / 5) / (4 * 3. / 6 + 3. / 5), 1e-9);
  // "the" shares "t" with nothing but the one of "cat": a, t, c and the full stop match.
  EXPECT_NEAR(Score({"the cat."}, {{"a cat."}}, words),
              100 * 5 * precision * recall / (4 * precision + recall), 1e-9);
}

TEST(ChrfTest, OnlyOneMarkIsSplitOffAWord) {
  // "(hi)" is "(hi" and ")": one of two words is found among the three "(", "hi" and ")".
  const double precision = (1 + 1. / 2) / 2, recall = (1 + 1. / 3) / 2;
  EXPECT_NEAR(Score({"(hi)"}, {{"( hi )"}}, {.character_order = 1, .word_order = 1}),
              100 * 5 * precision * recall / (4 * precision + recall), 1e-9);
}

TEST(ChrfTest, TakesTheBestReferenceOfEachLine) {
  EXPECT_NEAR(Score({"abcdef", "ghijkl"}, {{"abcdef", "x"}, {"y", "ghijkl"}}), 100, 1e-9);
}

TEST(ChrfTest, LowerCasesAndSmoothes) {
  EXPECT_NEAR(Score({"ÄB"}, {{"äb"}}, {.lower_case = true}), 100, 1e-9);
  EXPECT_LT(Score({"ÄB"}, {{"äb"}}), 1);
  // Of six orders only two exist.
  EXPECT_NEAR(Score({"ab"}, {{"ab"}}, {.epsilon_smoothing = true}), 100 * 2. / 6, 1e-9);
}

TEST(ChrfTest, EmptyHypothesisIsZero) { EXPECT_EQ(Score({""}, {{"ab"}}), 0); }

TEST(ChrfTest, AnEmptyReferenceAddsNothing) {
  // The n-grams of a hypothesis without reference do not count against precision.
  EXPECT_NEAR(Score({"abcdef", "xyz"}, {{"abcdef", ""}}), 100, 1e-9);
  EXPECT_EQ(Score({"abc"}, {{""}}), 0);
  // An empty reference that comes first wins over one that shares nothing either.
  EXPECT_NEAR(Score({"abcdef", "xyz"}, {{"abcdef", ""}, {"abcdef", "uvw"}}), 100, 1e-9);
  EXPECT_LT(Score({"abcdef", "xyz"}, {{"abcdef", "uvw"}, {"abcdef", ""}}), 100);
}

TEST(ChrfTest, NameAndSignatureShowTheOptions) {
  EXPECT_EQ(Chrf({.word_order = 2}).Name(), "chrF2++");
  EXPECT_EQ(Chrf({.beta = 3}).Name(), "chrF3");
  EXPECT_EQ(Chrf({.word_order = 2, .lower_case = true, .whitespace = true})
                .Signature({.num_references = 3}),
            "nrefs:3|case:lc|eff:yes|nc:6|nw:2|space:yes|version:talmach-" TALMACH_VERSION);
}

TEST(ChrfTest, RejectsSenselessOptions) {
  EXPECT_THROW(Chrf({.character_order = 0}), ConfigError);
  EXPECT_THROW(Chrf({.word_order = -1}), ConfigError);
  EXPECT_THROW(Chrf({.beta = -2}), ConfigError);
}

}  // namespace
}  // namespace talmach
