#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "support/temporary_directory.h"
#include "text/tokenizer_fixture.h"

namespace talmach {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Runs the command on files in a folder of its own.
class EvaluateCommandTest : public ::testing::Test {
 protected:
  std::string Run(Arguments arguments) const {
    arguments.insert(arguments.end(), {"-o", Path("out"), "--quiet"});
    RunEvaluateCommand(arguments);
    return directory_.Read("out");
  }

  nlohmann::json RunJson(const Arguments& arguments) const {
    return nlohmann::json::parse(Run(arguments));
  }

  /// The error of a run that must fail with `Error`.
  template <typename Error>
  std::string Failure(const Arguments& arguments) const {
    try {
      Run(arguments);
    } catch (const Error& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  std::string Path(const std::string& name) const { return directory_.Path(name); }
  std::string File(const std::string& name, const std::string& text) {
    return directory_.Write(name, text);
  }

  TemporaryDirectory directory_;
  std::string reference_ = File("ref", "The cat sat on the mat.\nIt's a dog, really.\n");
  std::string hypothesis_ = File("hyp", "The cat sat on a mat.\nIt is a dog, really.\n");
};

TEST_F(EvaluateCommandTest, PrintsAListOfScoresInJson) {
  const nlohmann::json json = RunJson({"-r", reference_, "-i", hypothesis_, "-m", "ter", "bleu"});
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["name"], "BLEU");
  EXPECT_EQ(json[0]["sys_len"], 14);
  EXPECT_EQ(json[0]["tok"], "13a");
  EXPECT_EQ(json[1]["name"], "TER");
  EXPECT_EQ(json[1]["num_edits"], 3);
}

TEST_F(EvaluateCommandTest, PrintsTextWithSignatures) {
  const std::string text = Run({reference_, "-i", hypothesis_, "-f", "text", "-w", "2"});
  EXPECT_THAT(text, StartsWith("BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:"));
  EXPECT_THAT(text, HasSubstr("hyp_len = 14 ref_len = 13)"));
}

TEST_F(EvaluateCommandTest, UnderstandsSacrebleusSpellings) {
  const nlohmann::json json = RunJson({"-r", reference_, reference_, "-i", hypothesis_, "-tok",
                                       "intl", "-lc", "-s", "floor", "-sv", "0.01"});
  EXPECT_EQ(json[0]["nrefs"], "2");
  EXPECT_EQ(json[0]["tok"], "intl");
  EXPECT_EQ(json[0]["case"], "lc");
  EXPECT_EQ(json[0]["smooth"], "floor[0.01]");
}

TEST_F(EvaluateCommandTest, ScoresSingleLines) {
  const std::string text =
      Run({"-r", reference_, "-i", reference_, "--sentence-level", "-b", "-w", "1"});
  EXPECT_EQ(text, "100.0\n100.0\n");
  const std::string json =
      Run({"-r", reference_, "-i", hypothesis_, "-sl", "--format", "json", "-m", "chrf"});
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 2);
  EXPECT_THAT(json, HasSubstr("\"name\":\"chrF2\""));
}

TEST_F(EvaluateCommandTest, ComparesSystemsWithTheBaseline) {
  for (const char* test : {"--paired-bs", "--paired-ar", "--paired"}) {
    const nlohmann::json json = RunJson({"-r", reference_, "-i", hypothesis_, reference_, test,
                                         "--paired-bs-n", "50", "--paired-ar-n", "50"});
    ASSERT_EQ(json.size(), 2u);
    EXPECT_TRUE(json[0]["BLEU"]["p_value"].is_null());
    EXPECT_GT(json[1]["BLEU"]["p_value"], 0.0);
    EXPECT_THAT(json[1]["BLEU"]["signature"].get<std::string>(), HasSubstr("|seed:12345|"));
  }
}

TEST_F(EvaluateCommandTest, GivesConfidenceIntervals) {
  const nlohmann::json json =
      RunJson({"-r", reference_, "-i", hypothesis_, "--confidence", "--confidence-n", "50"});
  EXPECT_GT(json[0]["confidence_mean"], 0.0);
  EXPECT_EQ(json[0]["bs"], "50");
}

TEST_F(EvaluateCommandTest, ScoresByLength) {
  const nlohmann::json json = RunJson({"-r", reference_, "-i", hypothesis_, "--by-length", "4,10"});
  EXPECT_EQ(json[0]["by_length"][0]["length"], "0-4");
  EXPECT_EQ(json[0]["by_length"][1]["lines"], 1);
  EXPECT_THAT(Run({"-r", reference_, "-i", hypothesis_, "--by-length", "--format", "text"}),
              HasSubstr("0-10"));
}

TEST_F(EvaluateCommandTest, ShowsWhereTwoSystemsDiffer) {
  const std::string other = File("other", "The cat sat on the mat.\nIt is a dog, really.\n");
  const nlohmann::json json = RunJson({"-r", reference_, "--compare", hypothesis_, other});
  ASSERT_EQ(json["differences"].size(), 1u);
  EXPECT_EQ(json["differences"][0]["line"], 1);
  EXPECT_EQ(json["systems"].size(), 2u);
  const std::string text =
      Run({"-r", reference_, "--compare", hypothesis_, other, "--format", "text"});
  EXPECT_THAT(text, HasSubstr("  reference: The cat sat on the mat.\n"));
}

TEST_F(EvaluateCommandTest, WritesAReport) {
  const std::string source = File("src", "Le chat.\nC'est un chien.\n");
  Run({"-r", reference_, "-i", hypothesis_, reference_, "--source", source, "--html",
       Path("report.html")});
  const std::string page = directory_.Read("report.html");
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("BLEU by source words"));
  EXPECT_THAT(page, HasSubstr("Le chat."));
}

TEST_F(EvaluateCommandTest, ScoresAsThePapersDo) {
  const Arguments papers = {"-r", reference_, "-i", reference_, "-m", "multi-bleu"};
  Arguments moses = papers;
  moses.insert(moses.end(), {"--tokenize", "moses", "--language", "fr-en"});
  EXPECT_EQ(RunJson(papers)[0]["sys_len"], 10);
  EXPECT_EQ(RunJson(moses)[0]["sys_len"], 14);  // it 's
  EXPECT_EQ(RunJson(moses)[0]["tok"], "moses-en");
  EXPECT_EQ(RunJson(moses)[0]["smooth"], "none");
}

TEST_F(EvaluateCommandTest, SplitsWithSentencePieceModels) {
  const std::string model = TinyTokenizerPath(TokenizerTrainerOptions::Type::kUnigram);
  const nlohmann::json json =
      RunJson({"-r", reference_, "-i", hypothesis_, "--tokenize", "spm:" + model});
  EXPECT_EQ(json[0]["tok"], "spm-unigram.model");
  EXPECT_GT(json[0]["sys_len"], 14);
}

TEST_F(EvaluateCommandTest, ScoresAlignments) {
  const std::string gold = File("gold", "0-0 1-1 1?2\n0-0\n"), links = File("links", "0-0 1-2\n\n");
  const nlohmann::json json = RunJson({"-r", gold, "-i", links, "-m", "aer"});
  EXPECT_EQ(json[0]["name"], "AER");
  EXPECT_DOUBLE_EQ(json[0]["score"], 100 * (1 - 3. / 5));
  EXPECT_DOUBLE_EQ(json[0]["precision"], 100);
}

TEST_F(EvaluateCommandTest, NamesFileAndLineOfBadData) {
  const std::string longer = File("long", "a\nb\nc\n");
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", longer}),
              HasSubstr("long: another number of lines; expected 2 as in "));
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", File("bad", "a\n\xFF\n")}),
              HasSubstr("bad:2: not UTF-8"));
  EXPECT_THAT(Failure<DataError>({"-r", File("empty", "a\n \n"), "-i", hypothesis_}),
              HasSubstr("line 2: empty reference"));
  EXPECT_THAT(Failure<DataError>({"-r", File("none", ""), "-i", File("none2", "")}),
              HasSubstr("no lines"));
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", Path("absent")}), HasSubstr("absent"));
  EXPECT_THAT(
      Failure<DataError>({"-r", File("gold", "0-0\n1-x\n"), "-i", File("l", "\n\n"), "-m", "aer"}),
      HasSubstr("gold:2: not an alignment"));
}

TEST_F(EvaluateCommandTest, RejectsFlagsThatMakeNoSense) {
  const Arguments files = {"-r", reference_, "-i", hypothesis_};
  const std::vector<Arguments> wrong = {
      {"-m", "meteor"},
      {"-m", "bleu", "aer"},
      {"--tokenize", "14a"},
      {"--tokenize", "moses"},
      {"--tokenize", "moses", "--language", "ja"},
      {"--smooth-value", "-1"},
      {"--paired-bs"},
      {"--compare", hypothesis_, reference_},
      {"--by-length", "10,5"},
      {"--format", "xml"},
      {"--sentence-level", "-m", "bleu", "ter"},
      {"--sentence-level", "--confidence"},
  };
  for (const Arguments& flags : wrong) {
    Arguments arguments = files;
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    Failure<ConfigError>(arguments);
  }
  Failure<ConfigError>({"-i", hypothesis_});
  Failure<ConfigError>({"-r", reference_, "-i", hypothesis_, hypothesis_});
}

// More lines than are read at once.
TEST_F(EvaluateCommandTest, ReadsFilesInParts) {
  std::string many;
  for (int line = 0; line < 20000; ++line) many += "a b c d " + std::to_string(line % 10) + "\n";
  const std::string path = File("many", many);
  const nlohmann::json json = RunJson({"-r", path, "-i", path, "--by-length"});
  EXPECT_EQ(json[0]["sys_len"], 100000);
  EXPECT_EQ(json[0]["by_length"][0]["lines"], 20000);
}

}  // namespace
}  // namespace talmach
