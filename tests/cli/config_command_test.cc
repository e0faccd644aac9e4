#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ConfigCommandTest : public CommandTest {
 protected:
  ConfigCommandTest() {
    for (const char* name : {"a.en", "a.de"}) Write(name, "text\n");
    Write("good.yaml", "data:\n  train: {source: a.en, target: a.de}\n");
  }
  std::string Path(const std::string& name) const { return directory_.Path(name); }

  static std::string Complaint(const Arguments& arguments) {
    return MessageOf<ConfigError>([&] { RunConfigCommand(arguments); });
  }
};

TEST_F(ConfigCommandTest, CheckSaysNothingOfAGoodFile) {
  EXPECT_EQ(Printed(RunConfigCommand, {"check", Path("good.yaml")}), "");
}

TEST_F(ConfigCommandTest, CheckNamesEveryMistakeWithItsPlace) {
  Write("bad.yaml",
        "data:\n  train: {source: a.en, target: none.de}\n"
        "training: {learning_rate: fast, batch_sentences: -1}\n"
        "trainign: {seed: 1}\n");
  EXPECT_THAT(Complaint({"check", Path("bad.yaml")}),
              AllOf(HasSubstr("bad.yaml:3: training.learning_rate"),
                    HasSubstr("bad.yaml:3: training.batch_sentences"),
                    HasSubstr("bad.yaml:4: trainign: unknown key; did you mean training?")));
  EXPECT_THAT(Complaint({"check", Path("good.yaml"), "--set", "data.train.target=none.de"}),
              HasSubstr("none.de, which does not exist"));
}

TEST_F(ConfigCommandTest, ShowPrintsWhatItReadsAgain) {
  const std::string shown =
      Printed(RunConfigCommand, {"show", Path("good.yaml"), "--set", "training.seed=7"});
  EXPECT_THAT(shown, HasSubstr("\n  seed: 7\n"));
  Write("shown.yaml", shown);
  EXPECT_EQ(Printed(RunConfigCommand, {"show", Path("shown.yaml")}), shown);
}

TEST_F(ConfigCommandTest, LaterFilesAndChangesWin) {
  Write("more.yaml", "training: {seed: 2, clip_norm: 3}\n");
  const std::string shown = Printed(RunConfigCommand, {"show", Path("good.yaml"), Path("more.yaml"),
                                                       "--set", "training.clip_norm=4"});
  EXPECT_THAT(shown, AllOf(HasSubstr("\n  seed: 2\n"), HasSubstr("\n  clip_norm: 4\n")));
}

TEST_F(ConfigCommandTest, InitWritesANewFileOnly) {
  RunConfigCommand({"init", "--size", "small", "-o", Path("new.yaml")});
  EXPECT_EQ(directory_.Read("new.yaml"), Printed(RunConfigCommand, {"init", "--size", "small"}));
  EXPECT_NE(directory_.Read("new.yaml"), Printed(RunConfigCommand, {"init"}));
  EXPECT_THAT(Complaint({"init", "-o", Path("new.yaml")}), HasSubstr("exists already"));
}

TEST_F(ConfigCommandTest, MistakesAreNamed) {
  EXPECT_THAT(Complaint({}), HasSubstr("no command given"));
  EXPECT_THAT(Complaint({"chekc"}), HasSubstr("did you mean check?"));
  EXPECT_THAT(Complaint({"check"}), HasSubstr("--config"));
  EXPECT_THAT(Complaint({"check", Path("none.yaml")}), HasSubstr("none.yaml"));
  EXPECT_THAT(Complaint({"show", Path("good.yaml"), "--set", "training.seed"}), HasSubstr("--set"));
  EXPECT_THAT(Complaint({"init", "--size", "huge"}), HasSubstr("--size: expected"));
}

}  // namespace
}  // namespace talmach
