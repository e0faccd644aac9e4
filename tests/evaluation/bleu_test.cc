#include "evaluation/bleu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

BleuScore Score(const Strings& hypotheses, const std::vector<Strings>& references,
                BleuOptions options = {}) {
  return Bleu(std::move(options)).Corpus(hypotheses, references);
}

BleuOptions Smoothed(BleuSmoothing smoothing, std::optional<double> value = {}) {
  return {.smoothing = smoothing, .smoothing_value = value};
}

// By hand: "the cat sat on a mat" against "the cat sat on the mat": 5/6, 3/5, 2/4, 1/3.
TEST(BleuTest, MatchesTheDefinitionByHand) {
  const BleuScore score = Score({"the cat sat on a mat"}, {{"the cat sat on the mat"}});
  EXPECT_THAT(score.counts, ElementsAre(5, 3, 2, 1));
  EXPECT_THAT(score.totals, ElementsAre(6, 5, 4, 3));
  EXPECT_EQ(score.brevity_penalty, 1);
  EXPECT_NEAR(score.score, 100 * std::pow(5. / 6 * 3 / 5 * 2 / 4 * 1 / 3, 0.25), 1e-9);
}

// The example of Papineni et al.: of seven "the", two are in the reference.
TEST(BleuTest, CountsAreClipped) {
  const BleuScore score = Score({"the the the the the the the"}, {{"the cat is on the mat"}});
  EXPECT_THAT(score.counts, ElementsAre(2, 0, 0, 0));
  EXPECT_THAT(score.totals, ElementsAre(7, 6, 5, 4));
}

TEST(BleuTest, ClipsByTheLargestCountInOneReference) {
  const BleuScore score = Score({"a a a a"}, {{"a b a"}, {"a a c d a"}});
  EXPECT_THAT(score.counts, ElementsAre(3, 1, 0, 0));
}

TEST(BleuTest, TakesTheClosestReferenceLengthAndTheShorterOfTwo) {
  EXPECT_EQ(Score({"a b c d"}, {{"a b"}, {"a b c d e"}}).reference_length, 5);
  EXPECT_EQ(Score({"a b c d"}, {{"a b c d e"}, {"a b c"}}).reference_length, 3);
}

// As in sacreBLEU 2.6.
TEST(BleuTest, AnEmptyReferenceHasLengthZero) {
  EXPECT_EQ(Score({"a b"}, {{""}, {"a b c d e"}}).reference_length, 0);
  EXPECT_EQ(Score({"a b c"}, {{""}, {"a b c d e"}}).reference_length, 5);
  const BleuScore score = Score({"a b c d", "x y"}, {{"a b c d", ""}});
  EXPECT_EQ(score.reference_length, 4);
  EXPECT_THAT(score.counts, ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(score.totals, ElementsAre(6, 4, 2, 1));
  EXPECT_THAT(score.signature, HasSubstr("nrefs:1|"));
  EXPECT_EQ(Score({""}, {{""}}).score, 0);
}

TEST(BleuTest, ShortHypothesesArePenalised) {
  const BleuScore score = Score({"a b c d e"}, {{"a b c d e f g"}});
  EXPECT_NEAR(score.brevity_penalty, std::exp(1 - 7. / 5), 1e-12);
  EXPECT_NEAR(score.score, 100 * std::exp(1 - 7. / 5), 1e-9);
}

// "a b x d" against "a b c d": 3/4, 1/3, 0/2, 0/1.
TEST(BleuTest, EachSmoothingMatchesItsDefinition) {
  const Strings hypothesis = {"a b x d"};
  const std::vector<Strings> reference = {{"a b c d"}};
  auto geometric = [](double a, double b, double c, double d) {
    return 100 * std::pow(a * b * c * d, 0.25);
  };
  EXPECT_NEAR(Score(hypothesis, reference).score, geometric(.75, 1. / 3, .5 / 2, .25 / 1), 1e-9);
  EXPECT_EQ(Score(hypothesis, reference, Smoothed(BleuSmoothing::kNone)).score, 0);
  EXPECT_NEAR(Score(hypothesis, reference, Smoothed(BleuSmoothing::kFloor)).score,
              geometric(.75, 1. / 3, .1 / 2, .1), 1e-9);
  EXPECT_NEAR(Score(hypothesis, reference, Smoothed(BleuSmoothing::kFloor, 0.01)).score,
              geometric(.75, 1. / 3, .01 / 2, .01), 1e-9);
  const BleuScore add_one = Score(hypothesis, reference, Smoothed(BleuSmoothing::kAddK));
  EXPECT_NEAR(add_one.score, geometric(.75, 2. / 4, 1. / 3, 1. / 2), 1e-9);
  EXPECT_THAT(add_one.counts, ElementsAre(3, 2, 1, 1));
}

TEST(BleuTest, EffectiveOrderScoresShortSentences) {
  EXPECT_EQ(Score({"ja"}, {{"ja"}}).score, 0);
  const Bleu bleu({.effective_order = true});
  EXPECT_NEAR(bleu.Sentence("ja", Strings{"ja"}).score, 100, 1e-9);
  EXPECT_NEAR(bleu.Sentence("ja du", Strings{"ja wir", "ja du"}).score, 100, 1e-9);
}

TEST(BleuTest, NoMatchAndNoHypothesisAreZero) {
  EXPECT_EQ(Score({"x y"}, {{"a b"}}).score, 0);
  EXPECT_EQ(Score({""}, {{"a b"}}).score, 0);
  EXPECT_EQ(Score({""}, {{"a b"}}).brevity_penalty, 0);
}

TEST(BleuTest, LowerCasingFollowsUnicode) {
  EXPECT_LT(Score({"ÄRGER ΟΔΟΣ a b"}, {{"ärger οδος a b"}}).score, 50);
  EXPECT_NEAR(Score({"ÄRGER ΟΔΟΣ a b"}, {{"ärger οδος a b"}}, {.lower_case = true}).score, 100,
              1e-9);
}

TEST(BleuTest, SignatureNamesAllChoices) {
  EXPECT_EQ(Score({"a"}, {{"a"}, {"a"}}).signature,
            "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:talmach-" TALMACH_VERSION);
  const Bleu bleu({.tokenizer = MakeBleuTokenizer("intl"),
                   .lower_case = true,
                   .smoothing = BleuSmoothing::kFloor,
                   .effective_order = true});
  EXPECT_EQ(bleu.Signature({.num_resamples = 1000, .seed = "12345"}),
            "nrefs:1|bs:1000|seed:12345|case:lc|eff:yes|tok:intl|smooth:floor[0.10]|"
            "version:talmach-" TALMACH_VERSION);
}

TEST(BleuTest, MissingReferencesAreLeftOut) {
  const std::string none(kNoReference);
  const BleuScore score = Score({"a b", "c"}, {{"a b c d e", "c"}, {none, "c d"}});
  EXPECT_EQ(score.reference_length, 6);
  EXPECT_THAT(score.signature, HasSubstr("nrefs:var|"));
}

TEST(BleuTest, CustomTokenizersAreUsedAndNamed) {
  const BleuTokenizer halves{.name = "halves", .tokenize = [](std::string_view line) {
                               return std::string(line.substr(0, line.size() / 2)) + " " +
                                      std::string(line.substr(line.size() / 2));
                             }};
  const BleuScore score = Score({"aabb"}, {{"aacc"}}, {.tokenizer = halves});
  EXPECT_EQ(score.counts[0], 1);
  EXPECT_THAT(score.signature, HasSubstr("|tok:halves|"));
}

TEST(BleuTest, ThreadsDoNotChangeTheStatistics) {
  Strings hypotheses, references;
  for (int line = 0; line < 1000; ++line) {
    hypotheses.push_back(std::to_string(line % 7) + " a b c " + std::to_string(line));
    references.push_back(std::to_string(line % 5) + " a b c d " + std::to_string(line));
  }
  const std::vector<Strings> sets = {references};
  EXPECT_EQ(Bleu({}, 1).Statistics(hypotheses, sets).values,
            Bleu({}, 4).Statistics(hypotheses, sets).values);
}

TEST(BleuTest, RejectsBadInput) {
  EXPECT_THROW(Score({"a"}, {}), DataError);
  EXPECT_THROW(Score({"a", "b"}, {{"a"}}), DataError);
  try {
    Score({"a", "b"}, {{"a", std::string(kNoReference)}});
    FAIL() << "a line without reference was accepted";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 2"));
  }
  EXPECT_THROW(Bleu(Smoothed(BleuSmoothing::kFloor, -1)), ConfigError);
}

}  // namespace
}  // namespace talmach
