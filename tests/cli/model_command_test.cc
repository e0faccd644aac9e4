#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/toy_model_directory.h"
#include "model/model_directory.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class ModelCommandTest : public CommandTest {
 protected:
  ModelCommandTest() : model_(directory_.Path("model")) {
    fs::copy(ToyModelDirectory::Path(), model_.path, fs::copy_options::recursive);
  }

  template <typename E>
  static std::string Complaint(const Arguments& arguments) {
    return MessageOf<E>([&] { RunModelCommand(arguments); });
  }

  ModelDirectory model_;
};

TEST_F(ModelCommandTest, InfoIsOfADirectoryACheckpointOrAFile) {
  for (const std::string& path : {model_.path, model_.Model(), model_.Checkpoint(2).path}) {
    const std::string text = Printed(RunModelCommand, {"info", path});
    EXPECT_THAT(text, HasSubstr("precision           float32\n"));
    EXPECT_THAT(text, HasSubstr(path == model_.Checkpoint(2).path ? "updates             2\n"
                                                                  : "updates             3\n"));
    EXPECT_THAT(text, Not(HasSubstr("embedding.weight")));
  }
  EXPECT_THAT(Printed(RunModelCommand, {"info", model_.path, "--tensors"}),
              HasSubstr("embedding.weight "));
}

TEST_F(ModelCommandTest, VerifySaysOkOrCountsWhatIsDamaged) {
  EXPECT_THAT(Printed(RunModelCommand, {"verify", model_.path}), HasSubstr("ok"));
  std::string bytes = ReadFile(model_.Model());
  bytes[bytes.size() / 2] ^= 1;
  directory_.Write("model/model.safetensors", bytes);
  fs::remove(model_.SourceTokenizer());
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_THAT(Complaint<CheckpointError>({"verify", model_.path}),
              HasSubstr("model: 2 of the files are damaged or missing"));
  testing::internal::GetCapturedStdout();
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr(model_.Model()));
  EXPECT_THAT(told, HasSubstr(model_.SourceTokenizer()));
}

TEST_F(ModelCommandTest, TheMeanOfAModelWithItselfIsTheModel) {
  RunModelCommand({"average", model_.path, model_.path, "-o", directory_.Path("mean"), "--quiet"});
  const std::string text = Write("in", "ba be bi\n");
  EXPECT_EQ(Lines(RunTranslateCommand, {"-m", directory_.Path("mean"), "-i", text, "--n-best"}),
            Lines(RunTranslateCommand, {"-m", model_.path, "-i", text, "--n-best"}));
  const std::string file = directory_.Path("mean.safetensors");
  RunModelCommand({"average", model_.path, model_.Checkpoint(2).path, "-o", file, "--quiet"});
  EXPECT_TRUE(fs::is_regular_file(file));
}

TEST_F(ModelCommandTest, AFrozenModelTranslatesAsInt8AndIsFrozenOnce) {
  const std::string frozen = directory_.Path("frozen");
  RunModelCommand({"convert", model_.path, "-o", frozen, "--quiet"});
  const std::string text = Write("in", "ba be bi\nbo\n");
  EXPECT_EQ(Lines(RunTranslateCommand, {"-m", frozen, "-i", text, "--n-best"}),
            Lines(RunTranslateCommand,
                  {"-m", model_.path, "-i", text, "--n-best", "--precision", "int8"}));
  EXPECT_THAT(Printed(RunModelCommand, {"info", frozen}), HasSubstr("int8, frozen"));
  EXPECT_THAT(Complaint<CheckpointError>({"convert", frozen, "-o", directory_.Path("again")}),
              HasSubstr("its weights are frozen in int8 already"));
  EXPECT_THAT(Complaint<CheckpointError>({"average", frozen, "-o", directory_.Path("again")}),
              HasSubstr("frozen"));
  EXPECT_FALSE(fs::exists(directory_.Path("again")));
}

TEST_F(ModelCommandTest, MistakesAreNamed) {
  EXPECT_THAT(Complaint<ConfigError>({}), HasSubstr("talmach model: no command given"));
  EXPECT_THAT(Complaint<ConfigError>({"inof"}), HasSubstr("did you mean info?"));
  EXPECT_THAT(Complaint<ConfigError>({"info"}), HasSubstr("--model"));
  EXPECT_THAT(Complaint<ConfigError>({"average", model_.path}), HasSubstr("--output"));
  EXPECT_THAT(Complaint<ConfigError>({"convert", model_.path, "-o", ""}),
              HasSubstr("--output: expected a directory or a file, got nothing"));
  EXPECT_THAT(Complaint<ConfigError>({"convert", model_.path, "-o", model_.path}),
              HasSubstr("expected a new or an empty directory"));
  EXPECT_THAT(
      Complaint<ConfigError>({"convert", model_.path, "--precision", "bfloat16", "-o", "x"}),
      HasSubstr("--precision"));
  for (const char* command : {"info", "verify"}) {
    EXPECT_THAT(Complaint<CheckpointError>({command, directory_.Path("none")}),
                MatchesRegex(".*none.*"));
  }
}

}  // namespace
}  // namespace talmach
