#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class ScoreCommandTest : public CommandTest {
 protected:
  Arguments With(Arguments flags, const std::string& source, const std::string& target) const {
    flags.insert(flags.end(), {"-m", ToyModelDirectory::Path(), "-s", Write("source", source), "-t",
                               Write("target", target)});
    return flags;
  }
};

TEST_F(ScoreCommandTest, EachPairHasItsLogProbability) {
  const auto lines = Lines(RunScoreCommand, With({}, "ba be\n\nbi\nba be\n", "ka\nmo\n\nka\n"));
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[0], lines[3]);
  for (const std::string& line : lines) EXPECT_LT(std::strtod(line.c_str(), nullptr), 0) << line;
}

TEST_F(ScoreCommandTest, TheScoresOfThePiecesAddUp) {
  const auto lines = Lines(RunScoreCommand, With({"--word-scores"}, "ba be\n", "ka mo ke\n"));
  ASSERT_THAT(lines, SizeIs(1));
  const std::string mark = " ||| WordScores= ";
  const std::size_t end = lines[0].find(mark);
  ASSERT_NE(end, std::string::npos) << lines[0];
  std::istringstream scores(lines[0].substr(end + mark.size()));
  double sum = 0;
  for (double score = 0; scores >> score;) sum += score;
  EXPECT_NEAR(sum, std::strtod(lines[0].c_str(), nullptr), 1e-3);
}

TEST_F(ScoreCommandTest, LinksStandBetweenScoreAndPieces) {
  const auto lines =
      Lines(RunScoreCommand, With({"--alignment", "--word-scores"}, "ba be\n", "ka mo\n"));
  EXPECT_THAT(lines, ::testing::ElementsAre(MatchesRegex(
                         "-[0-9.e-]+ \\|\\|\\| [0-9 -]* \\|\\|\\| WordScores=( -[0-9.e-]+)+")));
}

TEST_F(ScoreCommandTest, SaliencyStandsBesideAttentionInTheOrderAskedFor) {
  const std::string records = directory_.Path("records");
  Lines(RunScoreCommand,
        With({"--attention", records, "--saliency", "norm,gradient,norm"}, "ba be\n", "ka mo\n"));
  const auto record = nlohmann::ordered_json::parse(ReadFile(records));
  std::vector<std::string> names;
  for (const auto& [name, layer] : record["layers"].items()) {
    names.push_back(name);
    EXPECT_EQ(layer.size(), record["target"].size());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"norm", "gradient"}));
}

TEST_F(ScoreCommandTest, WrongFlagsAreConfigurationErrors) {
  const auto failure = [&](const Arguments& flags) {
    return Failure<ConfigError>(RunScoreCommand, With(flags, "ba\n", "ka\n"));
  };
  EXPECT_THAT(failure({"--saliency", "norm"}), HasSubstr("--saliency: has no place to go"));
  EXPECT_THAT(failure({"--attention", directory_.Path("a"), "--saliency", "gradeint"}),
              HasSubstr("did you mean gradient?"));
  EXPECT_THAT(failure({"--attention", directory_.Path("a"), "--saliency", "gradient", "--precision",
                       "int8"}),
              HasSubstr("int8"));
  EXPECT_THAT(failure({"--alignment-units", "word"}), HasSubstr("is for --alignment only"));
  EXPECT_THAT(Failure<ConfigError>(RunScoreCommand, {"-s", "a"}), HasSubstr("--target"));
  EXPECT_THAT(Failure<ConfigError>(RunScoreCommand, {"-m", "m", "-s", "-", "-t", "-"}),
              HasSubstr("--source and --target: standard input can be read once"));
}

TEST_F(ScoreCommandTest, TextsOfDifferentLengthAreADataErrorThatNamesBoth) {
  const std::string message =
      Failure<DataError>(RunScoreCommand, With({}, "ba\nbe\nbi\n", "ka\nmo\n"));
  EXPECT_THAT(message, HasSubstr("source"));
  EXPECT_THAT(message, HasSubstr("target"));
  EXPECT_THAT(message, HasSubstr("3"));
  EXPECT_THAT(message, HasSubstr("2"));
}

}  // namespace
}  // namespace talmach
