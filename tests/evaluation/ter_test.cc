#include "evaluation/ter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unicode_text.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

TerScore Score(const Strings& hypotheses, const std::vector<Strings>& references,
               TerOptions options = {}) {
  return Ter(options).Corpus(hypotheses, references);
}

Strings Normalized(std::string_view line, TerOptions options) {
  const std::string text = NormalizeForTer(line, options);
  const std::vector<std::string_view> words = SplitWhitespace(text);
  return {words.begin(), words.end()};
}

TEST(TerTest, IsEditsPerReferenceWord) {
  const TerScore score = Score({"a b c d", "x"}, {{"d a b c", "x y"}});
  EXPECT_EQ(score.num_edits, 2);  // a shift, an insertion
  EXPECT_EQ(score.reference_length, 6);
  EXPECT_NEAR(score.score, 100 * 2. / 6, 1e-9);
}

TEST(TerTest, TakesTheFewestEditsAndTheAverageLength) {
  const TerScore score = Score({"a b c"}, {{"a b c d e f"}, {"a b c"}});
  EXPECT_EQ(score.num_edits, 0);
  EXPECT_EQ(score.reference_length, 4.5);
}

TEST(TerTest, IgnoresCaseUnlessAskedNotTo) {
  EXPECT_EQ(Score({"Größe ÄRA"}, {{"größe ära"}}).num_edits, 0);
  EXPECT_EQ(Score({"Größe ÄRA"}, {{"größe ära"}}, {.case_sensitive = true}).num_edits, 2);
}

TEST(TerTest, NormalisationSplitsPunctuation) {
  EXPECT_THAT(Normalized("It's 1,000.5 &amp; (more), 3-4!", {.normalize = true}),
              ElementsAre("it", "'s", "1,000.5", "&", "(", "more", ")", ",", "3", "-", "4", "!"));
}

// References pass twice through it, so that "'s," loses its comma, then its "'s"; what stands
// between words must be a space by then, whatever it was.
TEST(TerTest, NormalisesReferencesTwice) {
  const TerOptions options{.normalize = true};
  for (const char* space : {" ", "\t", "\u00A0", "\u3000"}) {
    const std::string line = std::string("it's") + space + "so";
    EXPECT_EQ(NormalizeForTer(line, options), *space == ' ' ? "it 's so" : "it's so");
    EXPECT_EQ(Score({line}, {{line}}, options).reference_length, 3);
  }
  const TerScore score = Score({"it's, so"}, {{"it's, so"}}, options);
  EXPECT_EQ(score.num_edits, 2);  // it's → it 's
  EXPECT_EQ(score.reference_length, 4);
}

TEST(TerTest, PunctuationCanBeRemoved) {
  EXPECT_THAT(Normalized("(Yes), \"no\": a.b!", {.remove_punctuation = true}),
              ElementsAre("yes", "no", "ab"));
  EXPECT_THAT(Normalized("你好。（是）", {.remove_punctuation = true}),
              ElementsAre("你好。（是）"));
  EXPECT_THAT(Normalized("你好。（是）", {.remove_punctuation = true, .asian_support = true}),
              ElementsAre("你好是"));
}

TEST(TerTest, AsianSupportSplitsIdeographsButNotKana) {
  EXPECT_THAT(Normalized("日本のテスト。", {.normalize = true, .asian_support = true}),
              ElementsAre("日", "本", "のテスト", "。"));
  EXPECT_THAT(Normalized("日本のテスト。", {.normalize = true}), ElementsAre("日本のテスト。"));
}

TEST(TerTest, EmptyHypothesisCostsTheReference) {
  EXPECT_NEAR(Score({""}, {{"a b"}}).score, 100, 1e-9);
}

TEST(TerTest, AnEmptyReferenceCostsTheHypothesisAndHasLengthZero) {
  const TerScore score = Score({"a b c", "x y"}, {{"a b c", ""}});
  EXPECT_EQ(score.num_edits, 2);
  EXPECT_EQ(score.reference_length, 3);
  EXPECT_EQ(Score({"a"}, {{""}, {"a b c"}}).reference_length, 1.5);
  EXPECT_EQ(Score({"a"}, {{""}, {"a b c"}}).num_edits, 1);
  EXPECT_EQ(Score({"a"}, {{""}}).score, 100);
  EXPECT_EQ(Score({""}, {{""}}).score, 0);
}

TEST(TerTest, AMissingReferenceIsLeftOut) {
  const TerScore score = Score({"a"}, {{"a b c"}, {std::string(kNoReference)}});
  EXPECT_EQ(score.reference_length, 3);
}

// A reference can lose all its words to normalisation.
TEST(TerTest, ReferencesWithoutWordsAreDefined) {
  const TerOptions options{.remove_punctuation = true};
  EXPECT_EQ(Score({"a"}, {{"!"}}, options).score, 100);
  EXPECT_EQ(Score({"?"}, {{"!"}}, options).score, 0);
}

TEST(TerTest, SignatureNamesTheOptions) {
  EXPECT_EQ(
      Ter({.normalize = true, .remove_punctuation = true}).Signature({}),
      "nrefs:1|case:lc|tok:tercom|norm:yes|punct:no|asian:no|version:talmach-" TALMACH_VERSION);
}

TEST(TerTest, ThreadsDoNotChangeTheStatistics) {
  Strings hypotheses, references;
  for (int line = 0; line < 300; ++line) {
    hypotheses.push_back(std::to_string(line % 7) + " a b c d " + std::to_string(line % 11));
    references.push_back(std::to_string(line % 5) + " c d a b " + std::to_string(line % 13));
  }
  const std::vector<Strings> sets = {references};
  EXPECT_EQ(Ter({}, 1).Statistics(hypotheses, sets).values,
            Ter({}, 4).Statistics(hypotheses, sets).values);
}

}  // namespace
}  // namespace talmach
