#include "cli/file_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "support/message_of.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileFlagsTest : public ::testing::Test {
 protected:
  std::string Complaint(const std::vector<FileFlag>& inputs, const std::vector<FileFlag>& outputs) {
    return MessageOf<ConfigError>([&] { RequireHarmlessOutputs(inputs, outputs); });
  }

  TemporaryDirectory directory_;
};

TEST_F(FileFlagsTest, OutputsOfTheirOwnAreHarmless) {
  const std::string in = directory_.Write("in", "text");
  EXPECT_EQ(Complaint({{"--input", in}}, {{"--output", directory_.Path("out")}}), "");
  EXPECT_EQ(Complaint({{"--input", "-"}}, {{"--output", "-"}}), "");
  EXPECT_EQ(Complaint({}, {{"--output", "/dev/null"}, {"--attention", "/dev/null"}}), "");
}

TEST_F(FileFlagsTest, TwoOutputsDoNotShareAFileUnderAnyName) {
  const std::string out = directory_.Path("out");
  const std::string other_name = directory_.Path("nowhere/../out");
  EXPECT_THAT(Complaint({}, {{"--output", out}, {"--html", out}}),
              HasSubstr("--output and --html: they would write over each other"));
  EXPECT_NE(Complaint({}, {{"--output", "-"}, {"--attention", "-"}}), "");
  EXPECT_NE(Complaint({}, {{"--output", out}, {"--attention", other_name}}), "");
  directory_.Write("out", "old");
  fs::create_symlink(out, directory_.Path("link"));
  EXPECT_NE(Complaint({}, {{"--output", out}, {"--attention", directory_.Path("link")}}), "");
}

TEST_F(FileFlagsTest, AnInputIsNotWrittenOver) {
  const std::string in = directory_.Write("in", "text");
  fs::create_hard_link(in, directory_.Path("twin"));
  for (const std::string& path : {in, directory_.Path("twin"), directory_.Path("./in")}) {
    EXPECT_THAT(Complaint({{"--input", in}}, {{"--output", path}}),
                HasSubstr("--output: it would write over what --input reads"));
  }
}

TEST_F(FileFlagsTest, AFileOfAModelIsNotWrittenOver) {
  fs::create_directory(directory_.Path("model"));
  const std::string model = directory_.Write("model/model.safetensors", "weights");
  for (const char* name : {"model.safetensors", "source.spm", "config.yaml", "train.jsonl"}) {
    EXPECT_THAT(Complaint({}, {{"--output", directory_.Path("model/") + name}}),
                HasSubstr("it would write over a file of a model"))
        << name;
  }
  EXPECT_EQ(Complaint({}, {{"--output", directory_.Path("model/notes.txt")}}), "");
}

TEST_F(FileFlagsTest, WhatCannotBeWrittenIsReportedAndNothingIsLeft) {
  EXPECT_NO_THROW(RequireWritable({{"--output", ""}, {"--plot", "-"}, {"--html", "/dev/null"}}));
  EXPECT_NO_THROW(RequireWritable({{"--output", directory_.Path("new")}}));
  EXPECT_FALSE(fs::exists(directory_.Path("new")));
  EXPECT_THAT(MessageOf<Error>([&] {
                RequireWritable({{"--output", directory_.Path("")}});
              }),
              HasSubstr("cannot be written: it is a directory"));
  EXPECT_THAT(MessageOf<Error>([&] {
                RequireWritable({{"--output", directory_.Path("no/x")}});
              }),
              HasSubstr("No such file or directory"));
}

TEST_F(FileFlagsTest, StandardInputIsReadOnce) {
  EXPECT_NO_THROW(RequireOneStandardInput({{"--source", "-"}, {"--target", "x"}}));
  EXPECT_THAT(MessageOf<ConfigError>([] {
                RequireOneStandardInput({{"--source", "-"}, {"--target", "-"}});
              }),
              HasSubstr("--source and --target: standard input can be read once"));
}

}  // namespace
}  // namespace talmach
