#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// The toy language is translated word by word from right to left.
class AlignCommandTest : public CommandTest {
 protected:
  static Arguments With(Arguments flags) {
    const ToyCorpus& corpus = ToyCorpus::Get();
    flags.insert(flags.end(),
                 {"-s", corpus.Path("train.source"), "-t", corpus.Path("train.target")});
    return flags;
  }
  std::vector<std::string> Align(const Arguments& flags) const {
    return Lines(RunAlignCommand, With(flags));
  }
  // The links of the corpus, in the order the command prints them.
  static std::vector<std::string> TrueLinks() {
    std::vector<std::string> lines;
    std::ifstream file(ToyCorpus::Get().Path("train.links"));
    for (std::string line; std::getline(file, line);) {
      line.pop_back();  // each link ends with a space
      lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(AlignCommandTest, FindsMostLinksOfTheToyLanguage) {
  const std::vector<std::string> found = Align({});
  const std::vector<std::string> expected = TrueLinks();
  ASSERT_EQ(found.size(), expected.size());
  int right = 0;
  for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == expected[i] ? 1 : 0;
  EXPECT_GT(right, 0.8 * static_cast<double>(found.size()));
}

TEST_F(AlignCommandTest, UnionHoldsBothDirectionsAndIntersectionNeither) {
  const auto forward = Align({"--symmetrise", "forward"});
  const auto both = Align({"--symmetrise", "union"});
  const auto shared = Align({"--symmetrise", "intersection"});
  for (std::size_t i = 0; i < both.size(); ++i) {
    EXPECT_GE(both[i].size(), forward[i].size());
    EXPECT_LE(shared[i].size(), forward[i].size());
  }
}

TEST_F(AlignCommandTest, LongPairsKeepTheirLineWithoutLinks) {
  const auto lines = Align({"--max-words", "1"});
  EXPECT_THAT(lines, SizeIs(150));
  EXPECT_THAT(lines, Each(::testing::AnyOf("", "0-0")));
}

TEST_F(AlignCommandTest, AttentionLinksWordsOfAModel) {
  const Arguments model = {"-m", ToyModelDirectory::Path()};
  EXPECT_THAT(Align(model), SizeIs(150));
  EXPECT_THAT(Align({"-m", ToyModelDirectory::Path(), "--links", "1"}), Each(""));
}

TEST_F(AlignCommandTest, FlagsOfTheOtherKindAreRefused) {
  const auto failure = [&](const Arguments& flags) {
    return Failure<ConfigError>(RunAlignCommand, With(flags));
  };
  EXPECT_THAT(failure({"--shift"}), HasSubstr("--shift: is for --model only"));
  EXPECT_THAT(failure({"--reverse", "x"}), HasSubstr("is for --model only"));
  EXPECT_THAT(failure({"-m", "x", "--aligner", "ibm1"}), HasSubstr("is not for --model"));
  EXPECT_THAT(failure({"-m", "x", "--symmetrise", "union"}), HasSubstr("give it with --reverse"));
  EXPECT_THAT(failure({"--symmetrise", "both"}), HasSubstr("--symmetrise: expected"));
  EXPECT_THAT(failure({"-m", "x", "--links", "soft"}),
              HasSubstr("--links: expected hard or a threshold in (0, 1], got soft"));
  EXPECT_THAT(Failure<ConfigError>(RunAlignCommand, {"-s", "a"}), HasSubstr("--target"));
}

TEST_F(AlignCommandTest, TextsThatAreNoPairsAreDataErrors) {
  EXPECT_THAT(
      Failure<DataError>(RunAlignCommand, {"-s", Write("a", "x\ny\n"), "-t", Write("b", "z\n")}),
      HasSubstr("b"));
  EXPECT_THAT(Failure<DataError>(RunAlignCommand, {"-s", Write("a", ""), "-t", Write("b", "")}),
              HasSubstr("empty"));
}

}  // namespace
}  // namespace talmach
