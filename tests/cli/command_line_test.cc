#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

enum class Fruit { kApple, kPear };

// A command with a flag of every kind.
struct Example {
  Index beam_size = 5;
  double alpha = 0.5;
  float rate = 0.1f;
  bool verbose = false;
  std::string input = "-";
  std::vector<std::string> models = {};
  Fruit fruit = Fruit::kPear;
  std::string n_best = "off";

  void Declare(CommandLine& line) {
    line.Group("Example")
        .Number("beam-size,b", &beam_size, {1, 1000}, "places")
        .Number("alpha", &alpha, {0, std::numeric_limits<double>::max()}, "normalisation")
        .Number("rate", &rate, {0, 1}, "a rate")
        .Switch("verbose", &verbose, "say more")
        .Text("input,i", &input, "FILE", "text")
        .List("model,m", &models, "DIR", "models")
        .Choice("fruit", &fruit, {{"apple", Fruit::kApple}, {"pear", Fruit::kPear}}, "a fruit")
        .Custom("n-best", "N", "7", "how many", [this](const std::string& v) { n_best = v; });
    line.Alias("-frt", "--fruit");
  }

  bool Parse(const Arguments& arguments) {
    CommandLine line("example", "An example.");
    Declare(line);
    return line.Parse(arguments);
  }
};

std::string ErrorOf(const Arguments& arguments) {
  Example example;
  try {
    example.Parse(arguments);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(CommandLineTest, SetsVariablesOfEveryKind) {
  Example example;
  ASSERT_TRUE(example.Parse({"-b", "12", "--alpha=0.75", "--rate", ".25", "--verbose", "-i", "in",
                             "-m", "one", "two", "-m", "three", "--fruit", "apple"}));
  EXPECT_EQ(example.beam_size, 12);
  EXPECT_EQ(example.alpha, 0.75);
  EXPECT_EQ(example.rate, 0.25f);
  EXPECT_TRUE(example.verbose);
  EXPECT_EQ(example.input, "in");
  EXPECT_EQ(example.models, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(example.fruit, Fruit::kApple);
}

TEST(CommandLineTest, KeepsDefaultsOfAbsentFlags) {
  Example example;
  ASSERT_TRUE(example.Parse({}));
  EXPECT_EQ(example.beam_size, 5);
  EXPECT_EQ(example.input, "-");
  EXPECT_EQ(example.fruit, Fruit::kPear);
  EXPECT_EQ(example.n_best, "off");
}

TEST(CommandLineTest, GivesKernelsTheThreadsAskedFor) {
  Example example;
  for (const int threads : {3, 1}) {
    ASSERT_TRUE(example.Parse({"--threads", std::to_string(threads)}));
    EXPECT_EQ(NumThreads(), threads);
  }
}

TEST(CommandLineTest, TreatsUnderscoresInNamesAsHyphens) {
  Example example;
  ASSERT_TRUE(example.Parse({"--beam_size=3", "--input", "a_b", "--n_best", "2"}));
  EXPECT_EQ(example.beam_size, 3);
  EXPECT_EQ(example.input, "a_b");
  EXPECT_EQ(example.n_best, "2");
}

TEST(CommandLineTest, GivesTheImplicitValueToAFlagThatStandsAlone) {
  for (const Arguments& arguments : {Arguments{"--n-best", "--verbose"}, Arguments{"--n-best"}}) {
    Example example;
    ASSERT_TRUE(example.Parse(arguments));
    EXPECT_EQ(example.n_best, "7");
  }
}

TEST(CommandLineTest, UnderstandsAliases) {
  Example example;
  ASSERT_TRUE(example.Parse({"-frt", "apple"}));
  EXPECT_EQ(example.fruit, Fruit::kApple);
}

TEST(CommandLineTest, NamesTheUnknownFlagAndTheProbableOne) {
  EXPECT_EQ(ErrorOf({"--beam-szie", "3"}), "--beam-szie: unknown flag; did you mean --beam-size?");
  EXPECT_EQ(ErrorOf({"--zzzzzzz"}), "--zzzzzzz: unknown flag");
  EXPECT_EQ(ErrorOf({"--beam", "3"}), "--beam: unknown flag; did you mean --beam-size?");
  EXPECT_EQ(ErrorOf({"stray"}), "stray: unexpected argument; flags begin with - or --");
}

TEST(CommandLineTest, RefusesWrongValuesByName) {
  EXPECT_EQ(ErrorOf({"-b", "0"}), "--beam-size: expected an integer from 1 to 1000, got 0");
  EXPECT_EQ(ErrorOf({"-b", "x"}), "--beam-size: expected an integer from 1 to 1000, got x");
  EXPECT_EQ(ErrorOf({"-b", "1.5"}), "--beam-size: expected an integer from 1 to 1000, got 1.5");
  EXPECT_EQ(ErrorOf({"--alpha=-1"}), "--alpha: expected a number ≥ 0, got -1");
  EXPECT_EQ(ErrorOf({"--alpha=nan"}), "--alpha: expected a number ≥ 0, got nan");
  EXPECT_EQ(ErrorOf({"--fruit", "paer"}),
            "--fruit: expected one of apple, pear, got paer; did you mean pear?");
  EXPECT_EQ(ErrorOf({"--fruit"}), "--fruit: a value is missing");
  EXPECT_EQ(ErrorOf({"-b", "1", "-b", "2"}), "--beam-size: given more than once");
  EXPECT_EQ(ErrorOf({"--threads", "0"}), "--threads: expected an integer from 1 to 1024, got 0");
  EXPECT_EQ(ErrorOf({"--quiet", "--log-level", "debgu"}),
            "--log-level: expected one of trace, debug, info, warning, error, off, got debgu; did "
            "you mean debug?");
}

TEST(CommandLineTest, DemandsRequiredFlags) {
  Example example;
  CommandLine line("example", "");
  example.Declare(line);
  line.Mandatory({"model"});
  EXPECT_THROW(line.Parse({}), ConfigError);
}

TEST(CommandLineTest, PrintsGroupsAndDefaultsForHelp) {
  testing::internal::CaptureStdout();
  Example example;
  EXPECT_FALSE(example.Parse({"--help"}));
  const std::string help = testing::internal::GetCapturedStdout();
  for (const char* part : {"Usage: example", "Example:", "--beam-size ] N (= 5)", "(= 0.1)",
                           "apple|pear (= pear)", "General:", "--threads"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part << " in\n" << help;
  }
}

}  // namespace
}  // namespace talmach
