#include "alignment/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitWordsTest, AnyWhiteSpaceSeparates) {
  EXPECT_THAT(SplitWords("  ein\tHund\u00a0und\u3000日本 語 "),
              ElementsAre("ein", "Hund", "und", "日本", "語"));
  EXPECT_THAT(SplitWords(" \t "), IsEmpty());
  EXPECT_THAT(SplitWords(""), IsEmpty());
}

TEST(FoldWordTest, CaseAndPunctuationAroundDoNotCount) {
  EXPECT_EQ(FoldWord("»Äpfel«,"), "äpfel");
  EXPECT_EQ(FoldWord("don't."), "don't");
  EXPECT_EQ(FoldWord("..."), "...");
  EXPECT_EQ(FoldWord("𝒟¿"), "𝒟");
  EXPECT_EQ(FoldWord("STRASSE"), FoldWord("Straße"));
}

TEST(WordNumbersTest, CountsFromZeroInOrderOfAppearance) {
  WordNumbers folded(/*fold=*/true);
  EXPECT_THAT(folded.NumberWords("Der Hund sieht den Hund."), ElementsAre(0, 1, 2, 3, 1));
  WordNumbers exact(/*fold=*/false);
  EXPECT_THAT(exact.NumberWords("Hund Hund. hund"), ElementsAre(0, 1, 2));
  EXPECT_EQ(exact.size(), 3);
}

}  // namespace
}  // namespace talmach
