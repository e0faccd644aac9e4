#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
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

// Standard input is a file while this lives.
class InputFrom {
 public:
  explicit InputFrom(const std::string& path) : saved_(dup(STDIN_FILENO)) {
    const int file = open(path.c_str(), O_RDONLY);
    dup2(file, STDIN_FILENO);
    close(file);
  }
  InputFrom(const InputFrom&) = delete;
  InputFrom& operator=(const InputFrom&) = delete;
  ~InputFrom() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

// A variable of the environment is set while this lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

// Runs the command on files in a folder of its own.
class EvaluateCommandTest : public ::testing::Test {
 protected:
  std::string Run(Arguments arguments) const {
    arguments.insert(arguments.end(), {"-o", Path("out"), "--quiet"});
    RunEvaluateCommand(arguments);
    return directory_.Read("out");
  }

  // The same with `input` as standard input.
  std::string RunOn(const std::string& input, const Arguments& arguments) {
    const InputFrom redirected(File("input", input));
    return Run(arguments);
  }

  nlohmann::json RunJson(const Arguments& arguments) const {
    return nlohmann::json::parse(Run(arguments));
  }

  // The error of a run that must fail with `Error`.
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

TEST_F(EvaluateCommandTest, PrintsAListOfSeveralScoresInJson) {
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
  EXPECT_EQ(json["nrefs"], "2");
  EXPECT_EQ(json["tok"], "intl");
  EXPECT_EQ(json["case"], "lc");
  EXPECT_EQ(json["smooth"], "floor[0.01]");
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

TEST_F(EvaluateCommandTest, PrintsScoresAloneWhateverTheFormat) {
  const Arguments files = {"-r", reference_, "-i", reference_, "-b"};
  EXPECT_EQ(Run(files), "100.0\n");
  Arguments several = files;
  several.insert(several.end(), {"-m", "ter", "bleu", "-w", "2"});
  EXPECT_EQ(Run(several), "[\n100.00,\n0.00\n]\n");
  several.insert(several.end(), {"-f", "text"});
  EXPECT_EQ(Run(several), "100.00\n0.00\n");
}

TEST_F(EvaluateCommandTest, PrintsTheScoresOfSeveralSystemsAlone) {
  const Arguments files = {"-r", reference_, "-i", reference_, File("no", "xxx\nxxx\n"), "-b"};
  EXPECT_EQ(Run(files), "[\n100.0,\n0.0\n]\n");
  Arguments several = files;
  several.insert(several.end(), {"-m", "ter", "chrf"});
  EXPECT_EQ(Run(several), "[\n[100.0, 0.0],\n[0.0, 100.0]\n]\n");
  for (const char* format : {"text", "latex"}) {
    Arguments text = several;
    text.insert(text.end(), {"-f", format});
    EXPECT_EQ(Run(text), "100.0\t0.0\n0.0\t100.0\n");
  }
}

TEST_F(EvaluateCommandTest, NamesOfFilesMayBeAnyBytes) {
  const std::string path = File("hyp\xFF", "The cat.\nA dog.\n");
  const nlohmann::json json = RunJson({"-r", reference_, "-i", path, reference_});
  EXPECT_EQ(json[0]["system"], Path("hyp\uFFFD"));
  EXPECT_THAT(Run({"-r", path, "-i", path, "--html", Path("page")}), HasSubstr("\"score\""));
  EXPECT_THAT(directory_.Read("page"), HasSubstr("hyp\uFFFD"));
}

TEST_F(EvaluateCommandTest, ShortensSignaturesInText) {
  const Arguments files = {"-r", reference_, "-i", hypothesis_, "-sh"};
  Arguments text = files;
  text.insert(text.end(), {"-f", "text"});
  EXPECT_THAT(Run(text), StartsWith("BLEU|#:1|c:mixed|e:no|tok:13a|s:exp|v:"));
  EXPECT_EQ(RunJson(files)["nrefs"], "1");
}

TEST_F(EvaluateCommandTest, SignsLinesWithTheirOwnNumberOfReferences) {
  const std::string both =
      File("both", "The cat sat on the mat.\tThe cat lay on the mat.\nIt's a dog, really.\n");
  const Arguments files = {both, "-nr", "2", "-i", hypothesis_, "-f", "text"};
  Arguments lines = files;
  lines.push_back("--sentence-level");
  const std::string text = Run(lines);
  EXPECT_THAT(text, StartsWith("BLEU|nrefs:2|case:mixed|eff:yes|"));
  EXPECT_THAT(text, HasSubstr("\nBLEU|nrefs:1|case:mixed|eff:yes|"));
  EXPECT_THAT(Run(files), StartsWith("BLEU|nrefs:var|"));
}

TEST_F(EvaluateCommandTest, ReadsReferencesSeparatedByTabs) {
  const std::string second = File("ref2", "The cat lay on a mat.\n\n");
  const std::string both =
      File("both", "The cat sat on the mat.\tThe cat lay on a mat. \nIt's a dog, really.\t\n");
  const nlohmann::json json = RunJson({both, "--num-refs", "2", "-i", hypothesis_});
  EXPECT_EQ(json, RunJson({"-r", reference_, second, "-i", hypothesis_}));
  EXPECT_EQ(json["nrefs"], "2");
  EXPECT_EQ(json, RunJson({both, "-nr", "3", "-i", hypothesis_}));  // no line has a third
  EXPECT_THAT(Failure<ConfigError>({both, both, "-nr", "2", "-i", hypothesis_}),
              HasSubstr("--num-refs: expected one file of references, got 2"));
}

TEST_F(EvaluateCommandTest, AMissingReferenceIsLeftOutAndAnEmptyOneIsNot) {
  const auto length = [&](const std::string& references) {
    return RunJson({File("tabs", references), "-nr", "2", "-i", File("one", "a\n")})["ref_len"];
  };
  EXPECT_EQ(length("a b c\n"), 3);
  EXPECT_EQ(length("a b c\t\n"), 0);  // nearer to 1 than 3 is
  EXPECT_EQ(length("\ta b c\n"), 0);
  EXPECT_EQ(length("\n"), 0);
}

TEST_F(EvaluateCommandTest, LinesWithoutReferenceTextAreScored) {
  const std::string holes = File("holes", "The cat sat on the mat.\n \n");
  const nlohmann::json json =
      RunJson({"-r", holes, "-i", hypothesis_, "-m", "bleu", "chrf", "ter"});
  EXPECT_EQ(json[0]["sys_len"], 14);
  EXPECT_EQ(json[0]["ref_len"], 7);
  EXPECT_EQ(json[0]["nrefs"], "1");
  EXPECT_EQ(json[2]["num_edits"], 1 + 5);
  EXPECT_EQ(json[2]["ref_length"], 6);
  const std::string lines = Run({"-r", holes, "-i", hypothesis_, "-sl", "-b"});
  EXPECT_THAT(lines, testing::EndsWith("\n0.0\n"));
}

TEST_F(EvaluateCommandTest, ReadsOneSystemFromStandardInput) {
  const std::string hypotheses = "The cat sat on a mat.\nIt is a dog, really.\n";
  EXPECT_EQ(RunOn(hypotheses, {"-r", reference_}), Run({"-r", reference_, "-i", hypothesis_}));
  // Tabs at the end are white space, and so are all if the input is asked for by name.
  const std::string tabs = "The cat sat\ton a mat.\t\nIt is a dog, really.\t\n";
  EXPECT_EQ(RunOn(tabs, {"-r", reference_, "-i", "-"}), Run({"-r", reference_, "-i", hypothesis_}));
}

TEST_F(EvaluateCommandTest, ReadsSystemsSeparatedByTabsFromStandardInput) {
  const std::string three = "The cat.\tThe cat sat on the mat.\tA cat\nIt\tIt's a dog, really.\t\n";
  const auto json = nlohmann::json::parse(RunOn(three, {"-r", reference_}));
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[1]["system"], "System 2");
  EXPECT_NEAR(json[1]["BLEU"]["score"], 100, 1e-9);
  const Arguments test = {"-r", reference_, "--paired-ar", "--paired-ar-n", "20"};
  const auto tested = nlohmann::json::parse(RunOn(three, test));
  EXPECT_EQ(tested[0]["system"], "Baseline");
  EXPECT_EQ(tested[2]["system"], "System 2");
}

TEST_F(EvaluateCommandTest, RefusesColumnsThatDoNotFit) {
  const auto failure = [&](const std::string& input, const Arguments& arguments) {
    const InputFrom redirected(File("input", input));
    return Failure<DataError>(arguments);
  };
  EXPECT_THAT(failure("a\tb\nc\n", {"-r", reference_}),
              HasSubstr("standard input:2: another number of columns; expected 2"));
  EXPECT_THAT(failure("a\nb\tc\n", {"-r", reference_}), HasSubstr("expected 1"));
  EXPECT_THAT(failure("a\tb\nc\td\n", {"-r", reference_, "-sl"}),
              HasSubstr("expected one system for --sentence-level, got 2"));
  EXPECT_THAT(failure("a\nb\n", {"-r", reference_, "--paired-bs"}),
              HasSubstr("expected two systems or more"));
}

TEST_F(EvaluateCommandTest, ComparesSystemsWithTheBaseline) {
  for (const char* test : {"--paired-bs", "--paired-ar", "--paired"}) {
    const nlohmann::json json = RunJson({"-r", reference_, "-i", hypothesis_, reference_, test,
                                         "--paired-bs-n", "50", "--paired-ar-n", "50"});
    ASSERT_EQ(json.size(), 2u);
    EXPECT_EQ(json[0]["system"], "Baseline: " + hypothesis_);
    EXPECT_EQ(json[1]["system"], reference_);
    EXPECT_TRUE(json[0]["BLEU"]["p_value"].is_null());
    EXPECT_GT(json[1]["BLEU"]["p_value"], 0.0);
    EXPECT_THAT(json[1]["BLEU"]["signature"].get<std::string>(), HasSubstr("|seed:12345|"));
  }
}

TEST_F(EvaluateCommandTest, IgnoresABaselineGivenAgain) {
  const Arguments systems = {"-r", reference_, "-i", hypothesis_, hypothesis_, reference_};
  Arguments tested = systems;
  tested.insert(tested.end(), {"--paired-bs", "--paired-bs-n", "20"});
  EXPECT_EQ(RunJson(tested).size(), 2u);
  EXPECT_THAT(Failure<ConfigError>(systems), HasSubstr("expected different files"));
  const Arguments alone = {"-r", reference_, "-i", hypothesis_, hypothesis_, "--paired-bs"};
  EXPECT_THAT(Failure<ConfigError>(alone), HasSubstr("expected two systems or more, got 1"));
}

TEST_F(EvaluateCommandTest, GivesIntervalsBesideApproximateRandomisation) {
  const Arguments test = {"-r",          reference_,      "-i", hypothesis_, reference_,
                          "--paired-ar", "--paired-ar-n", "20"};
  EXPECT_TRUE(RunJson(test)[1]["BLEU"]["ci"].is_null());
  for (const Arguments& flags : {Arguments{"--paired-ar-confidence-n", "30"},
                                 Arguments{"--paired-ar-ci", "--confidence-n", "30"},
                                 Arguments{"--paired-ar-confidence-n", "0", "-cin", "30"}}) {
    Arguments arguments = test;
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const nlohmann::json json = RunJson(arguments);
    EXPECT_TRUE(json[0]["BLEU"]["ci"].is_number());
    EXPECT_THAT(json[1]["BLEU"]["signature"].get<std::string>(),
                HasSubstr("nrefs:1|bs:30|ar:20|seed:12345|"));
  }
}

TEST_F(EvaluateCommandTest, ObeysSacrebleusVariables) {
  const Arguments files = {"-r", reference_, "-i", hypothesis_, "-ci", "-cin", "20"};
  {
    const Variable seed("SACREBLEU_SEED", "7");
    EXPECT_EQ(RunJson(files)["seed"], "7");
    Arguments given = files;
    given.insert(given.end(), {"--seed", "8"});
    EXPECT_EQ(RunJson(given)["seed"], "8");
  }
  {
    const Variable seed("SACREBLEU_SEED", "None");
    EXPECT_EQ(RunJson(files)["seed"], "none");
  }
  {
    const Variable seed("SACREBLEU_SEED", "x");
    EXPECT_THAT(Failure<ConfigError>(files), StartsWith("SACREBLEU_SEED: expected a whole number"));
  }
  const Variable format("SACREBLEU_FORMAT", "Text");
  EXPECT_THAT(Run({"-r", reference_, "-i", hypothesis_, "-f", "json"}), StartsWith("BLEU|nrefs"));
}

TEST_F(EvaluateCommandTest, PrintsTablesForLatex) {
  EXPECT_THAT(Run({"-r", reference_, "-i", hypothesis_, reference_, "-f", "latex"}),
              StartsWith("\\begin{tabular}{rc}\n\\toprule\n"));
  EXPECT_THAT(Run({"-r", reference_, "-i", hypothesis_, "-f", "latex"}), StartsWith("BLEU|nrefs"));
}

TEST_F(EvaluateCommandTest, ChoosesTheTokenizerOfTheLanguage) {
  const Arguments files = {"-r", reference_, "-i", hypothesis_, "-l"};
  auto with = [&](const Arguments& flags) {
    Arguments arguments = files;
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return arguments;
  };
  EXPECT_EQ(RunJson(with({"en-zh"}))["tok"], "zh");
  EXPECT_EQ(RunJson(with({"en-de"}))["tok"], "13a");
  EXPECT_EQ(RunJson(with({"en-zh", "-tok", "char"}))["tok"], "char");
  EXPECT_THAT(Failure<ConfigError>(with({"en-ja"})),
              HasSubstr("--tokenize: expected a tokenizer for language ja"));
  EXPECT_EQ(RunJson(with({"en-ja", "-m", "chrf"}))["name"], "chrF2");
}

// sacreBLEU does not know of byte order marks, and its numbers are to be met.
TEST_F(EvaluateCommandTest, CountsAByteOrderMarkAsACharacter) {
  const std::string marked = File("marked", "\uFEFFThe cat sat on a mat.\nIt is a dog, really.\n");
  EXPECT_EQ(RunJson({"-r", reference_, "-i", hypothesis_})["counts"][0], 11);
  EXPECT_EQ(RunJson({"-r", reference_, "-i", marked})["counts"][0], 10);
  const std::string gold = File("gold", "\uFEFF0-0\n"), links = File("links", "0-0\n");
  EXPECT_EQ(RunJson({"-r", gold, "-i", links, "-m", "aer"})["score"], 0.0);
}

TEST_F(EvaluateCommandTest, GivesConfidenceIntervals) {
  const nlohmann::json json =
      RunJson({"-r", reference_, "-i", hypothesis_, "--confidence", "--confidence-n", "50"});
  EXPECT_GT(json["confidence_mean"], 0.0);
  EXPECT_EQ(json["bs"], "50");
}

TEST_F(EvaluateCommandTest, ScoresByLength) {
  const nlohmann::json json = RunJson({"-r", reference_, "-i", hypothesis_, "--by-length", "4,10"});
  EXPECT_EQ(json["by_length"][0]["length"], "0-4");
  EXPECT_EQ(json["by_length"][1]["lines"], 1);
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
  EXPECT_EQ(RunJson(papers)["sys_len"], 10);
  EXPECT_EQ(RunJson(moses)["sys_len"], 14);  // it 's
  EXPECT_EQ(RunJson(moses)["tok"], "moses-en");
  EXPECT_EQ(RunJson(moses)["smooth"], "none");
}

TEST_F(EvaluateCommandTest, SplitsWithSentencePieceModels) {
  const std::string model = TinyTokenizerPath(TokenizerTrainerOptions::Type::kUnigram);
  const nlohmann::json json =
      RunJson({"-r", reference_, "-i", hypothesis_, "--tokenize", "spm:" + model});
  EXPECT_EQ(json["tok"], "spm-unigram.model");
  EXPECT_GT(json["sys_len"], 14);
}

TEST_F(EvaluateCommandTest, ScoresAlignments) {
  const std::string gold = File("gold", "0-0 1-1 1?2\n0-0\n"), links = File("links", "0-0 1-2\n\n");
  const nlohmann::json json = RunJson({"-r", gold, "-i", links, "-m", "aer"});
  EXPECT_EQ(json["name"], "AER");
  EXPECT_DOUBLE_EQ(json["score"], 100 * (1 - 3. / 5));
  EXPECT_DOUBLE_EQ(json["precision"], 100);
}

TEST_F(EvaluateCommandTest, NamesFileAndLineOfBadData) {
  const std::string longer = File("long", "a\nb\nc\n");
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", longer}),
              HasSubstr("ref:2: the text ends here; expected 3 lines as in " + longer + ", got 2"));
  EXPECT_THAT(Failure<DataError>({"-r", longer, "-i", hypothesis_}),
              HasSubstr("hyp:2: the text ends here; expected 3 lines as in " + longer + ", got 2"));
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", File("bad", "a\n\xFF\n")}),
              HasSubstr("bad:2: not UTF-8; expected text in UTF-8, got "));
  using namespace std::string_literals;
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", File("nul", "a\nb\0\n"s)}),
              HasSubstr("nul:2: not text; expected UTF-8 without NUL characters, got a NUL"));
  const std::string long_line(2 << 20, 'x');
  EXPECT_THAT(Failure<DataError>({"-r", reference_, "-i", File("wide", long_line)}),
              HasSubstr("wide:1: the line is too long; expected at most 1 MiB"));
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
      {"--tokenize", "spm"},
      {"--paired-ar-confidence-n", "10"},
      {"--num-refs", "0"},
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
  Failure<ConfigError>({"-r", "-"});
  Failure<ConfigError>({"-r", reference_, "-i", hypothesis_, hypothesis_});
}

// More lines than are read at once.
TEST_F(EvaluateCommandTest, ReadsFilesInParts) {
  std::string many;
  for (int line = 0; line < 20000; ++line) many += "a b c d " + std::to_string(line % 10) + "\n";
  const std::string path = File("many", many);
  const nlohmann::json json = RunJson({"-r", path, "-i", path, "--by-length"});
  EXPECT_EQ(json["sys_len"], 100000);
  EXPECT_EQ(json["by_length"][0]["lines"], 20000);
}

}  // namespace
}  // namespace talmach
