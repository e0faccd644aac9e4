#include "text/pair_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::Optional;

TEST(PairFilterTest, OnlyEmptyPairsAreLeftOutByDefault) {
  const PairFilterOptions none;
  EXPECT_THAT(JudgePair(none, "", "a"), Optional(DropReason::kEmpty));
  EXPECT_THAT(JudgePair(none, "a", " \u3000\t"), Optional(DropReason::kEmpty));
  EXPECT_EQ(JudgePair(none, "1", "a very long line beside a digit"), std::nullopt);
  EXPECT_EQ(JudgePair(none, "same", "same"), std::nullopt);
}

TEST(PairFilterTest, LengthsAreCodePointsWithoutSpaceAtTheEnds) {
  const PairFilterOptions options{.max_characters = 4};
  EXPECT_EQ(JudgePair(options, " äöüß ", "a"), std::nullopt);
  EXPECT_THAT(JudgePair(options, "äöüße", "a"), Optional(DropReason::kTooLong));
  EXPECT_THAT(JudgePair(options, "a", "12345"), Optional(DropReason::kTooLong));
}

TEST(PairFilterTest, TheRatioIsThatOfTheLongerSideToTheShorter) {
  const PairFilterOptions options{.max_length_ratio = 2.5};
  EXPECT_EQ(JudgePair(options, "ab", "abcde"), std::nullopt);
  EXPECT_EQ(JudgePair(options, "ÄÖÜäö", "ab"), std::nullopt);
  EXPECT_THAT(JudgePair(options, "ab", "abcdef"), Optional(DropReason::kLengthRatio));
  EXPECT_THAT(JudgePair(options, "abcdef", "ab"), Optional(DropReason::kLengthRatio));
}

TEST(PairFilterTest, IdenticalSidesMayDifferAtTheirEnds) {
  const PairFilterOptions options{.identical = true};
  EXPECT_THAT(JudgePair(options, "Berlin ", "Berlin"), Optional(DropReason::kIdentical));
  EXPECT_EQ(JudgePair(options, "Berlin", "berlin"), std::nullopt);
}

TEST(PairFilterTest, LettersAreCountedAmongWhatIsSeen) {
  const PairFilterOptions options{.min_letters = 0.5};
  EXPECT_EQ(JudgePair(options, "a b 1 2", "Ж1"), std::nullopt);
  EXPECT_THAT(JudgePair(options, "a 1 2", "abc"), Optional(DropReason::kFewLetters));
  EXPECT_THAT(JudgePair(options, "abc", "= 12"), Optional(DropReason::kFewLetters));
  EXPECT_EQ(JudgePair({.min_letters = 1}, "हिन्दी", "हिन्दी"), std::nullopt);  // with vowel marks
  EXPECT_EQ(JudgePair({.min_letters = 1}, "日本", "ab"), std::nullopt);
}

TEST(PairFilterTest, DuplicatesAreThePairsAfterTheFirst) {
  PairFilter filter({.duplicates = true});
  EXPECT_EQ(filter.Judge("a", "b"), std::nullopt);
  EXPECT_EQ(filter.Judge("a", "c"), std::nullopt);
  EXPECT_EQ(filter.Judge("ab", ""), DropReason::kEmpty);
  EXPECT_EQ(filter.Judge("b", "a"), std::nullopt);
  EXPECT_EQ(filter.Judge("a", "b "), DropReason::kDuplicate);
  EXPECT_EQ(filter.Judge("a", "b"), DropReason::kDuplicate);
  EXPECT_EQ(filter.num_forgotten(), 0);
}

TEST(PairFilterTest, PairsBeyondItsMemoryAreKeptAndCounted) {
  PairFilter filter({.duplicates = true}, /*most_different=*/1);
  EXPECT_EQ(filter.Judge("a", "b"), std::nullopt);
  EXPECT_EQ(filter.Judge("c", "d"), std::nullopt);
  EXPECT_EQ(filter.Judge("c", "d"), std::nullopt);
  EXPECT_EQ(filter.Judge("a", "b"), DropReason::kDuplicate);
  EXPECT_EQ(filter.num_forgotten(), 2);
}

TEST(PairFilterTest, EachPairIsCountedOnceAndTheSummarySaysHowMany) {
  PairFilter filter({.max_characters = 8,
                     .max_length_ratio = 3,
                     .identical = true,
                     .min_letters = 0.5,
                     .duplicates = true});
  EXPECT_EQ(filter.Summary(), "");
  filter.Judge("fine", "gut");
  EXPECT_EQ(filter.Summary(), "");
  filter.Judge("fine", "gut");
  filter.Judge("", "123456789");
  filter.Judge("a", "123456789");
  filter.Judge("a", "1234");
  filter.Judge("1234", "1234");
  filter.Judge("1234", "abcd");
  EXPECT_EQ(filter.counts().num_pairs, 7);
  EXPECT_EQ(filter.counts().num_dropped(), 6);
  EXPECT_EQ(filter.Summary(),
            "of 7 pairs left out: 1 empty, 1 longer than 8 characters, 1 with a length ratio above "
            "3, 1 with identical sides, 1 with a share of letters below 0.5, 1 equal to an earlier "
            "pair");
}

}  // namespace
}  // namespace talmach
