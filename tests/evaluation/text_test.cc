#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/random.h"
#include "base/unicode_text.h"
#include "evaluation/bleu_tokenizer.h"
#include "evaluation/ngram_trie.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

Strings Tokens(std::string_view tokenizer, std::string_view line) {
  const std::string text = MakeBleuTokenizer(tokenizer).tokenize(line);
  const std::vector<std::string_view> tokens = SplitWhitespace(text);
  return {tokens.begin(), tokens.end()};
}

// What Python 3 answers for str.isspace over all code points.
TEST(UnicodeTextTest, WhitespaceIsThatOfPython) {
  std::vector<char32_t> found;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (IsWhitespace(c)) found.push_back(c);
  }
  EXPECT_THAT(found, ElementsAre(9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xA0, 0x1680, 0x2000,
                                 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                                 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000));
}

TEST(UnicodeTextTest, SplitsAndStripsUnicodeWhitespace) {
  EXPECT_THAT(SplitWhitespace(" a\u00A0b\u3000\tcd "), ElementsAre("a", "b", "cd"));
  EXPECT_THAT(SplitWhitespace("\u2003 "), IsEmpty());
  EXPECT_EQ(StripRight(" a b\u2003\r"), " a b");
  EXPECT_EQ(Strip("\u3000 a\u00A0"), "a");
  EXPECT_EQ(Strip(" \t"), "");
  EXPECT_EQ(Strip("ä"), "ä");
}

TEST(UnicodeTextTest, LowerCaseIsThatOfPython) {
  EXPECT_EQ(LowerCase("ABC xyz 1"), "abc xyz 1");
  EXPECT_EQ(LowerCase("ČĚŠ ÆØÅ"), "čěš æøå");
  EXPECT_EQ(LowerCase("ΟΔΟΣ Σ"), "οδος σ");  // final sigma
  EXPECT_EQ(LowerCase("İ"), "i\u0307");      // two code points
  EXPECT_EQ(LowerCase("ẞ"), "ß");
}

TEST(UnicodeTextTest, DecodesAndEncodesAllPlanes) {
  EXPECT_EQ(DecodeUtf8("aä€😀"), U"aä€😀");
  EXPECT_EQ(EncodeUtf8(U"aä€😀"), "aä€😀");
  EXPECT_EQ(DecodeUtf8("a\xFF"), U"a\uFFFD");
}

TEST(BleuTokenizerTest, Tokenizer13aSplitsWesternPunctuation) {
  EXPECT_THAT(Tokens("13a", "He said: \"It's 1,000.5!\" (yes/no)"),
              ElementsAre("He", "said", ":", "\"", "It's", "1,000.5", "!", "\"", "(", "yes", "/",
                          "no", ")"));
  EXPECT_THAT(Tokens("13a", "a.b 1.b a,1 2010. p.m. 5-6 x-y"),
              ElementsAre("a", ".", "b", "1", ".", "b", "a", ",", "1", "2010", ".", "p", ".", "m",
                          ".", "5", "-", "6", "x-y"));
  EXPECT_THAT(Tokens("13a", "&quot;a&quot; &amp;lt; <skipped>b"),
              ElementsAre("\"", "a", "\"", "<", "b"));
  EXPECT_THAT(Tokens("13a", "“a” – b… …"), ElementsAre("“a”", "–", "b…", "…"));
}

TEST(BleuTokenizerTest, IntlSplitsUnicodePunctuationAndSymbols) {
  EXPECT_THAT(Tokens("intl", "“a” – 1,5 €3 x+y 2010."),
              ElementsAre("“", "a", "”", "–", "1,5", "€", "3", "x", "+", "y", "2010."));
}

TEST(BleuTokenizerTest, ZhSplitsChineseCharacters) {
  EXPECT_THAT(Tokens("zh", "我们在ab中,100元。"),
              ElementsAre("我", "们", "在", "ab", "中", ",", "100", "元", "。"));
  // The ranges meant for extension B cover U+2001 to U+2A6D instead.
  EXPECT_THAT(Tokens("zh", "a–b 𠀀𠀁"), ElementsAre("a", "–", "b", "𠀀𠀁"));
}

TEST(BleuTokenizerTest, CharAndNone) {
  EXPECT_THAT(Tokens("char", "aß 😀"), ElementsAre("a", "ß", "😀"));
  EXPECT_THAT(Tokens("none", "a,b  c."), ElementsAre("a,b", "c."));
}

TEST(BleuTokenizerTest, UnknownNamesAreRejected) {
  EXPECT_THROW(MakeBleuTokenizer("14a"), ConfigError);
}

// Against counting in maps of whole n-grams.
TEST(NgramTrieTest, MatchesEqualThoseOfCountedMaps) {
  RandomStream random(1);
  NgramTrie trie;
  for (int trial = 0; trial < 200; ++trial) {
    auto draw = [&] {
      std::vector<std::uint32_t> symbols(random.Below(trial < 190 ? 20 : 3000));
      for (std::uint32_t& symbol : symbols) symbol = static_cast<std::uint32_t>(random.Below(3));
      return symbols;
    };
    auto counts = [](const std::vector<std::uint32_t>& symbols) {
      std::map<std::vector<std::uint32_t>, double> found;
      for (std::size_t start = 0; start < symbols.size(); ++start) {
        for (std::size_t n = 1; n <= 4 && start + n <= symbols.size(); ++n) {
          ++found[{symbols.begin() + start, symbols.begin() + start + n}];
        }
      }
      return found;
    };
    const auto first = draw(), second = draw(), hypothesis = draw();
    std::vector<double> expected(4), got(4);
    auto in_references = counts(first);
    for (const auto& [ngram, count] : counts(second)) {
      in_references[ngram] = std::max(in_references[ngram], count);
    }
    for (const auto& [ngram, count] : counts(hypothesis)) {
      expected[ngram.size() - 1] += std::min(count, in_references[ngram]);
    }
    trie.Clear();
    trie.AddReference(first, 4);
    trie.AddReference(second, 4);
    trie.CountMatches(hypothesis, 4, got.data());
    ASSERT_EQ(got, expected);
  }
}

TEST(WordInternerTest, GivesOneIdPerWord) {
  WordInterner interner;
  const auto a = interner.Intern("a");
  EXPECT_NE(interner.Intern("b"), a);
  EXPECT_EQ(interner.Intern("a"), a);
  interner.Clear();
  EXPECT_EQ(interner.Intern("c"), 1u);
}

}  // namespace
}  // namespace talmach
