#include "cli/translation_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/message_of.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using Kind = AlignmentOutput::Kind;

// "Hunde" is two pieces; the second target piece looks mostly at its end.
ScoredText Sample() {
  return {.text = "a dog",
          .piece_scores = {-0.5f, -0.25f, -1},
          .log_probability = -1.75,
          .score = -0.875,
          .attention = {.line = 3,
                        .source = {"▁Hun", "de", "</s>"},
                        .target = {"▁a", "▁dog", "</s>"},
                        .weights = {0.75f, 0.25f, 0, 0.25f, 0.5f, 0.25f, 0, 0, 1}}};
}

TEST(FormatCandidateTest, PartsStandBehindTheTextInAFixedOrder) {
  EXPECT_EQ(FormatCandidate(Sample(), {}), "a dog");
  EXPECT_EQ(FormatCandidate(Sample(), {.word_scores = true}),
            "a dog ||| WordScores= -0.5 -0.25 -1");
  EXPECT_EQ(FormatCandidate(Sample(), {.n_best = true}), "3 ||| a dog ||| F0= -1.75 ||| -0.875");
  EXPECT_EQ(FormatCandidate(Sample(),
                            {.n_best = true, .word_scores = true, .alignment = AlignmentOutput{}}),
            "3 ||| a dog ||| 0-0 1-1 ||| WordScores= -0.5 -0.25 -1 ||| F0= -1.75 ||| -0.875");
}

TEST(FormatAlignmentTest, KindUnitsAndShiftChooseTheLinks) {
  const AttentionMap map = Sample().attention;
  EXPECT_EQ(FormatAlignment(map, {.kind = Kind::kHard}), "0-0 1-1");
  EXPECT_EQ(FormatAlignment(map, {.kind = Kind::kThreshold, .threshold = 0.25}), "0-0 0-1 1-0 1-1");
  EXPECT_EQ(FormatAlignment(map, {.kind = Kind::kHard, .units = Units::kWord}), "0-0 0-1");
  // The link of the first piece is read where the second one was made.
  EXPECT_EQ(FormatAlignment(map, {.kind = Kind::kHard, .shift = true}), "1-0");
  EXPECT_THAT(FormatAlignment(map, {.kind = Kind::kSoft}), HasSubstr("0.75"));
}

TEST(ParseAlignmentKindTest, TakesWordsAndThresholds) {
  AlignmentOutput output;
  ParseAlignmentKind("--alignment", /*allow_soft=*/true, "soft", &output);
  EXPECT_EQ(output.kind, Kind::kSoft);
  ParseAlignmentKind("--alignment", /*allow_soft=*/false, "0.25", &output);
  EXPECT_EQ(output.kind, Kind::kThreshold);
  EXPECT_EQ(output.threshold, 0.25);
  ParseAlignmentKind("--alignment", /*allow_soft=*/false, "hard", &output);
  EXPECT_EQ(output.kind, Kind::kHard);
}

TEST(ParseAlignmentKindTest, RefusesTheRest) {
  for (const char* text : {"0", "1.5", "-1", "", "0.5x", "nan"}) {
    AlignmentOutput output;
    EXPECT_THROW(ParseAlignmentKind("--alignment", true, text, &output), ConfigError) << text;
  }
  AlignmentOutput output;
  EXPECT_EQ(MessageOf<ConfigError>([&] { ParseAlignmentKind("--links", false, "soft", &output); }),
            "--links: expected hard or a threshold in (0, 1], got soft");
  EXPECT_THAT(MessageOf<ConfigError>([&] { ParseAlignmentKind("--x", true, "sotf", &output); }),
              HasSubstr("did you mean soft?"));
}

TEST(AlignmentFlagsTest, FurtherFlagsAloneAreRefused) {
  const auto resolve = [](const Arguments& arguments) {
    CommandLine line("talmach test", "");
    AlignmentFlags flags;
    flags.Declare(line.Group("Output"));
    line.Parse(arguments);
    return flags.Resolve(line);
  };
  EXPECT_FALSE(resolve({}).has_value());
  EXPECT_EQ(resolve({"--alignment"})->kind, Kind::kHard);
  EXPECT_EQ(resolve({"--alignment", "--alignment-units", "word"})->units, Units::kWord);
  EXPECT_THROW(resolve({"--alignment-shift"}), ConfigError);
  EXPECT_THROW(resolve({"--alignment-units", "word"}), ConfigError);
}

}  // namespace
}  // namespace talmach
