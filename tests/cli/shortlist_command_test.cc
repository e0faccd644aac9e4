#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/toy_model_directory.h"
#include "search/shortlist.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

class ShortlistCommandTest : public CommandTest {
 protected:
  static Arguments With(Arguments flags) {
    const ToyCorpus& corpus = ToyCorpus::Get();
    flags.insert(flags.end(), {"-m", ToyModelDirectory::Path(), "-s", corpus.Path("train.source"),
                               "-t", corpus.Path("train.target")});
    return flags;
  }
  std::string Make(const std::string& name, Arguments flags) const {
    flags.insert(flags.end(), {"-o", directory_.Path(name), "--quiet"});
    RunShortlistCommand(With(std::move(flags)));
    return directory_.Path(name);
  }
};

TEST_F(ShortlistCommandTest, TranslateTakesWhatItWrites) {
  const std::string list = Make("list", {});
  const Arguments translate = {"-m",          ToyModelDirectory::Path(),
                               "-i",          ToyCorpus::Get().Path("valid.source"),
                               "--shortlist", list};
  EXPECT_EQ(Lines(RunTranslateCommand, translate).size(), 12u);
}

TEST_F(ShortlistCommandTest, FlagsSetItsSize) {
  const auto size = [&](const Arguments& flags) {
    return std::filesystem::file_size(Make("list", flags));
  };
  const auto all = size({});
  EXPECT_LT(size({"--best", "1"}), all);
  EXPECT_LT(size({"--common", "0"}), all);
  EXPECT_LT(size({"--least-probability", "0.5"}), all);
}

TEST_F(ShortlistCommandTest, MistakesHaveTheirKind) {
  EXPECT_THAT(Failure<ConfigError>(RunShortlistCommand, {"-m", "x"}), HasSubstr("--source"));
  EXPECT_THAT(Failure<ConfigError>(RunShortlistCommand, With({"--best", "0"})),
              HasSubstr("--best: expected an integer"));
  EXPECT_THAT(
      Failure<DataError>(RunShortlistCommand, {"-m", ToyModelDirectory::Path(), "-s",
                                               Write("a", "ba\nbe\n"), "-t", Write("b", "ka\n")}),
      HasSubstr("b"));
  EXPECT_FALSE(
      Failure<CheckpointError>(RunShortlistCommand, {"-m", directory_.Path("none"), "-s",
                                                     Write("a", "ba\n"), "-t", Write("b", "ka\n")})
          .empty());
}

}  // namespace
}  // namespace talmach
