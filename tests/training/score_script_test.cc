#include "training/score_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/scratch_directory.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::vector<std::string> kSource = {"ein Haus", "zwei"};
const std::vector<std::string> kReference = {"a house", "two"};
const std::vector<std::string> kTranslation = {"a \"house\"", ""};

ScriptVerdict VerdictOf(const std::string& script) {
  const ScoredTexts texts{.source = kSource, .reference = kReference, .translation = kTranslation};
  return RunScoreScript(script, texts, [] { return false; }).value();
}

// A script has three more arguments than it says.
ScriptVerdict VerdictOfOutput(const std::string& output) {
  return VerdictOf("printf '%b' '" + output + "'; : ");
}

TEST(ScoreScriptTest, GetsTheThreeTexts) {
  EXPECT_THAT(VerdictOf("cat >&2").messages,
              ElementsAre("ein Haus", "zwei", "a house", "two", "a \"house\""));
}

TEST(ScoreScriptTest, TheLastLineIsTheScore) {
  EXPECT_EQ(VerdictOfOutput("27.5").score, 27.5);
  EXPECT_EQ(VerdictOfOutput("a line\\n1e-3 \\r\\n \\n\\n").score, 1e-3);
  EXPECT_EQ(VerdictOfOutput("-3\\n").score, -3.0);
  EXPECT_EQ(VerdictOfOutput("-3\\n").failure, "");
}

TEST(ScoreScriptTest, WhatIsNoNumberIsNoScore) {
  for (const char* output : {"", "\\n", "27.5 BLEU", "nan", "inf", "1e999", "27,5", "\\0377"}) {
    const ScriptVerdict verdict = VerdictOfOutput(output);
    EXPECT_EQ(verdict.score, std::nullopt) << output;
    EXPECT_THAT(verdict.failure, StartsWith("validation.script: expected a number")) << output;
  }
}

TEST(ScoreScriptTest, AFailureIsNoScoreWhateverItPrints) {
  const ScriptVerdict verdict = VerdictOf("echo 5; echo 'no such model' >&2; exit 3; : ");
  EXPECT_EQ(verdict.score, std::nullopt);
  EXPECT_THAT(verdict.failure, AllOf(HasSubstr("expected exit code 0"), HasSubstr("got 3")));
  EXPECT_THAT(verdict.messages, ElementsAre("no such model"));
  EXPECT_THAT(VerdictOf("/no/such/script").failure, HasSubstr("got 127"));
}

TEST(ScoreScriptTest, OfManyMessagesTheLastAreKept) {
  const ScriptVerdict verdict = VerdictOf("seq 1000 >&2; echo 1; : ");
  EXPECT_THAT(verdict.messages, SizeIs(50));
  EXPECT_EQ(verdict.messages.back(), "1000");
}

TEST(ScoreScriptTest, IsEndedByAStop) {
  const ScoredTexts texts{.source = kSource, .reference = kReference, .translation = kTranslation};
  EXPECT_FALSE(RunScoreScript("sleep 1000; : ", texts, [] { return true; }).has_value());
}

TEST(ScoreScriptTest, LeavesNoFilesAndNeedsAPlaceForThem) {
  const ScratchDirectory directory;
  const char* const before = std::getenv("TMPDIR");
  const std::string saved = before == nullptr ? "/tmp" : before;
  setenv("TMPDIR", directory.path().c_str(), 1);
  EXPECT_EQ(VerdictOf("cat >&2; echo 1; : ").score, 1.0);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  setenv("TMPDIR", "/no/such/directory", 1);
  const ScriptVerdict verdict = VerdictOfOutput("1");
  EXPECT_EQ(verdict.score, std::nullopt);
  EXPECT_THAT(verdict.failure, HasSubstr("TMPDIR"));
  setenv("TMPDIR", saved.c_str(), 1);
}

}  // namespace
}  // namespace talmach
