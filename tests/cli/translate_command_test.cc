#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

class TranslateCommandTest : public CommandTest {
 protected:
  std::vector<std::string> Translate(const std::string& text, Arguments flags = {}) const {
    flags.insert(flags.end(), {"-m", ToyModelDirectory::Path(), "-i", Write("in", text)});
    return Lines(RunTranslateCommand, std::move(flags));
  }
  template <typename E>
  std::string FailureWith(Arguments flags, const std::string& text = "ba be\n") const {
    flags.insert(flags.end(), {"-m", ToyModelDirectory::Path(), "-i", Write("in", text)});
    return Failure<E>(RunTranslateCommand, std::move(flags));
  }
};

TEST_F(TranslateCommandTest, EachLineHasALineWhateverItHolds) {
  const std::vector<std::string> lines = {"ba be bi",
                                          "",
                                          "  \t ",
                                          "bo\u2028bu",
                                          "not \xFF\xFE text",
                                          std::string("a\0b", 3),
                                          "da\r",
                                          "words that nobody has seen",
                                          "ba be bi"};
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const std::vector<std::string> translated = Translate(text + "without a line break");
  ASSERT_EQ(translated.size(), lines.size() + 1);
  EXPECT_EQ(translated[1], "");
  EXPECT_EQ(translated[2], "");
  EXPECT_EQ(translated[0], translated[8]);
}

TEST_F(TranslateCommandTest, NothingIsTranslatedToNothing) {
  EXPECT_THAT(Translate(""), SizeIs(0));
  EXPECT_THAT(Translate("", {"--n-best"}), SizeIs(0));
}

TEST_F(TranslateCommandTest, BatchesAndThreadsChangeNothing) {
  const std::string text = ReadFile(ToyCorpus::Get().Path("valid.source"));
  const std::vector<std::string> expected = Translate(text, {"--n-best", "3", "-b", "4"});
  EXPECT_THAT(expected, SizeIs(36));
  for (const char* size : {"1", "5"}) {
    EXPECT_EQ(Translate(text, {"--n-best", "3", "-b", "4", "--mini-batch", size, "--threads", "2"}),
              expected);
  }
}

TEST_F(TranslateCommandTest, NBestListsHaveLineTextLogProbabilityAndScore) {
  const auto lines = Translate("ba be\nbi\n", {"--n-best", "2"});
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines, Each(MatchesRegex("[01] \\|\\|\\| .* \\|\\|\\| F0= -[0-9.e-]+ \\|\\|\\| "
                                       "-[0-9.e-]+")));
  EXPECT_THAT(lines[1], StartsWith("0 |||"));
  EXPECT_THAT(lines[2], StartsWith("1 |||"));
}

// The score is log p / tokens^alpha, so that without normalisation both numbers are the same.
TEST_F(TranslateCommandTest, WithoutNormalisationTheScoreIsTheLogProbability) {
  for (const std::string& line : Translate("ba be bi\n", {"--n-best", "-n", "0"})) {
    const std::size_t end = line.rfind(" ||| ");
    EXPECT_THAT(line.substr(0, end), ::testing::EndsWith("F0= " + line.substr(end + 5)));
  }
}

TEST_F(TranslateCommandTest, TranslationsBeginWithTheirPrefixes) {
  const std::string prefix = Write("prefix", "ka mo\n\nke\n");
  const auto lines = Translate("ba be\nbi\nbo\n", {"--prefix", prefix});
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], StartsWith("ka mo"));
  EXPECT_THAT(lines[2], StartsWith("ke"));
  EXPECT_EQ(lines[1], Translate("bi\n")[0]) << "an empty prefix asks for nothing";
}

TEST_F(TranslateCommandTest, AttentionHasARecordForEachTranslation) {
  const std::string records = directory_.Path("attention.jsonl");
  Translate("ba be\n\nbi\n", {"--n-best", "2", "-b", "2", "--attention", records});
  std::ifstream file(records);
  std::vector<Index> numbers;
  for (std::string line; std::getline(file, line);) {
    const auto record = nlohmann::json::parse(line);
    numbers.push_back(record["line"]);
    EXPECT_EQ(record["weights"].size(), record["target"].size());
    for (const auto& row : record["weights"]) EXPECT_EQ(row.size(), record["source"].size());
  }
  EXPECT_EQ(numbers, (std::vector<Index>{0, 0, 1, 2, 2}));
}

TEST_F(TranslateCommandTest, SamplesFollowTheirSeed) {
  const std::string text = "ba be bi bo bu\nda de di\n";
  const auto sample = [&](const char* seed) {
    return Translate(text, {"--sampling", "full", "--temperature", "3", "--seed", seed});
  };
  EXPECT_EQ(sample("1"), sample("1"));
  EXPECT_NE(sample("1"), sample("2"));
}

TEST_F(TranslateCommandTest, WrongFlagsAreConfigurationErrorsThatNameTheFlag) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"-b", "0"}, "--beam-size: expected an integer from 1 to 1000, got 0"},
      {{"--n-best", "0"}, "--n-best: expected an integer from 1 to 1000, got 0"},
      {{"--n-best", "9", "-b", "3"}, "--n-best: expected an integer from 1 to 3, got 9"},
      {{"--sampling", "topk"}, "--sampling: expected full, topk K or topp P, got topk"},
      {{"--sampling", "topk", "0"}, "got topk 0"},
      {{"--sampling", "topk", "1.5"}, "got topk 1.5"},
      {{"--sampling", "topp", "1.5"}, "got topp 1.5"},
      {{"--sampling", "best", "3"}, "got best 3"},
      {{"--sampling", "full", "--n-best", "2"}, "--n-best: --sampling draws one translation"},
      {{"--seed", "3"}, "--seed: is for --sampling only"},
      {{"--temperature", "2"}, "--temperature: is for --sampling only"},
      {{"--normalize", "eleven"}, "--normalize: expected"},
      {{"--alignment", "1.5"}, "--alignment: expected"},
      {{"--alignment-shift"}, "is for --alignment only"},
      {{"--unk", "keep"}, "--unk: expected"},
      {{"--precision", "float64"}, "--precision: expected"},
      {{"--beam-szie", "3"}, "--beam-szie: unknown flag; did you mean --beam-size?"}};
  for (const auto& [flags, complaint] : cases) {
    EXPECT_THAT(FailureWith<ConfigError>(flags), HasSubstr(complaint));
  }
  EXPECT_THAT(Failure<ConfigError>(RunTranslateCommand, {}), HasSubstr("--model: must be given"));
}

TEST_F(TranslateCommandTest, WrongTextIsADataErrorAndAWrongModelAModelError) {
  EXPECT_THAT(FailureWith<DataError>({"--prefix", Write("one", "ka\n")}, "ba\nbe\n"),
              HasSubstr("one"));
  EXPECT_THAT(Failure<DataError>(RunTranslateCommand,
                                 {"-m", ToyModelDirectory::Path(), "-i", directory_.Path("none")}),
              HasSubstr("No such file"));
  EXPECT_THAT(Failure<CheckpointError>(RunTranslateCommand,
                                       {"-m", directory_.Path("none"), "-i", Write("in", "ba\n")}),
              HasSubstr("none: no model here"));
  EXPECT_THAT(FailureWith<CheckpointError>({"--shortlist", Write("list", "no shortlist")}),
              HasSubstr("list"));
}

}  // namespace
}  // namespace talmach
