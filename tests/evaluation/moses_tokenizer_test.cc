#include "evaluation/moses_tokenizer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/unicode_text.h"
#include "evaluation/moses_punctuation.h"

namespace talmach {
namespace {

// Tokens joined by single spaces.
std::string Tokens(std::string_view language, std::string_view line) {
  const std::string text = MakeMosesTokenizer(language).tokenize(line);
  std::string joined;
  for (const std::string_view token : SplitWhitespace(text)) {
    if (!joined.empty()) joined.push_back(' ');
    joined.append(token);
  }
  return joined;
}

TEST(MosesTokenizerTest, LowerCasesAndSetsPunctuationApart) {
  EXPECT_EQ(Tokens("en", "Two girls (one in Blue), racing!"),
            "two girls ( one in blue ) , racing !");
  EXPECT_EQ(Tokens("de", "Ein Mann läuft an einem Schild vorbei."),
            "ein mann läuft an einem schild vorbei .");
  EXPECT_EQ(Tokens("en", "# 8 for a T-shirt & more"), "# 8 for a t-shirt & more");
}

TEST(MosesTokenizerTest, SplitsApostrophesByLanguage) {
  EXPECT_EQ(Tokens("en", "It's the kids' 1990's ball"), "it 's the kids ' 1990 's ball");
  EXPECT_EQ(Tokens("fr", "L'homme qu'il s'appelle"), "l' homme qu' il s' appelle");
  EXPECT_EQ(Tokens("de", "McDonald's-Menü"), "mcdonald ' s-menü");
  EXPECT_EQ(Tokens("cs", "rock'n'roll"), "rock ' n ' roll");
}

TEST(MosesTokenizerTest, KeepsNumbersTogether) {
  EXPECT_EQ(Tokens("en", "1,000.5 men, 3, 4,"), "1,000.5 men , 3 , 4 ,");
  EXPECT_EQ(Tokens("en", "100\u00A0000 men"), "100.000 men");
  EXPECT_EQ(Tokens("de", "100\u00A0000 Leute"), "100,000 leute");
}

TEST(MosesTokenizerTest, RunsOfDotsAreOneToken) {
  EXPECT_EQ(Tokens("en", "so...what.. ever…"), "so ... what .. ever ...");
}

TEST(MosesTokenizerTest, PeriodsStayWithAbbreviations) {
  EXPECT_EQ(Tokens("en", "E.S.E. Electronics vs. Iowa."), "e.s.e. electronics vs. iowa .");
  EXPECT_EQ(Tokens("de", "Am 3. Mai mit der Nummer 10."), "am 3. mai mit der nummer 10.");
  EXPECT_EQ(Tokens("fr", "une œuvre d'art."), "une œuvre d' art.");
  EXPECT_EQ(Tokens("en", "It is art."), "it is art .");
  EXPECT_EQ(Tokens("cs", "Muž, např. Petr."), "muž , např. petr .");
}

TEST(MosesTokenizerTest, PeriodsBeforeQuotationMarksAreSplit) {
  EXPECT_EQ(Tokens("en", "called \"32 De Neude.\""), "called \" 32 de neude . \"");
  EXPECT_EQ(Tokens("en", "he said 'no.'"), "he said ' no . '");
}

TEST(MosesTokenizerTest, NormalisesPunctuation) {
  EXPECT_EQ(NormalizePunctuation("„a“ – b—c ‘d’ «e» 5 %", "de"), "\"a\" - b - c 'd' \"e\" 5%");
  EXPECT_EQ(NormalizePunctuation("( a ) . b : c ;", "de"), " (a). b: c;");
  EXPECT_EQ(NormalizePunctuation("quoi\u00A0? oui\u00A0!", "fr"), "quoi? oui!");
}

TEST(MosesTokenizerTest, OrdersQuotesByLanguage) {
  EXPECT_EQ(NormalizePunctuation("\"a\", b", "en"), "\"a,\" b");
  EXPECT_EQ(NormalizePunctuation("\"a,\" b", "de"), "\"a\", b");
  EXPECT_EQ(NormalizePunctuation("\"a.\" b", "de"), "\"a\". b");
  EXPECT_EQ(NormalizePunctuation("\"a.\"", "de"), "\"a.\"");
  EXPECT_EQ(NormalizePunctuation("\"a,\" \"b\",", "cs"), "\"a,\" \"b\",");
}

TEST(MosesTokenizerTest, WhiteSpaceAndControlsVanish) {
  EXPECT_EQ(Tokens("en",
                   " \ta\u3000 b\x01"
                   "c\r"),
            "a bc");
  EXPECT_EQ(Tokens("en", ""), "");
}

TEST(MosesTokenizerTest, NamesItsLanguageAndRejectsOthers) {
  EXPECT_EQ(MakeMosesTokenizer("cs").name, "moses-cs");
  EXPECT_THROW(MakeMosesTokenizer("ja"), ConfigError);
  EXPECT_THROW(MakeMosesTokenizer(""), ConfigError);
}

}  // namespace
}  // namespace talmach
