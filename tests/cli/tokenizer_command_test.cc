#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

void Encode(const Arguments& arguments) {
  Arguments all = {"encode", "-m", ToyCorpus::Get().tokenizer()->path()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  RunTokenizerCommand(all);
}

void Decode(const Arguments& arguments) {
  Arguments all = {"decode", "-m", ToyCorpus::Get().tokenizer()->path()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  RunTokenizerCommand(all);
}

using TokenizerCommandTest = CommandTest;

TEST_F(TokenizerCommandTest, WhatIsEncodedIsDecodedToTheSameLines) {
  const std::string text = "ba be\n\nbi bo bu\nda\n";
  const auto pieces = Lines(Encode, {"-i", Write("text", text)});
  ASSERT_THAT(pieces, SizeIs(4));
  EXPECT_THAT(pieces[0], HasSubstr("\u2581"));
  EXPECT_EQ(pieces[1], "");
  std::string joined;
  for (const std::string& line : pieces) joined += line + "\n";
  Lines(Decode, {"-i", Write("pieces", joined)});
  EXPECT_EQ(directory_.Read("out"), text);
}

TEST_F(TokenizerCommandTest, BytesThatAreNoTextKeepTheirLine) {
  EXPECT_THAT(Lines(Encode, {"-i", Write("text", "ba\n\xFF\xFE\nbe\n")}), SizeIs(3));
}

TEST_F(TokenizerCommandTest, TrainWritesModelAndVocabulary) {
  const std::string prefix = directory_.Path("spm");
  RunTokenizerCommand({"train", "-i", ToyCorpus::Get().Path("train.source"), "--model-prefix",
                       prefix, "--vocab-size", "20", "--quiet"});
  EXPECT_TRUE(std::filesystem::exists(prefix + ".model"));
  const std::string vocabulary = directory_.Read("spm.vocab");
  EXPECT_LE(std::ranges::count(vocabulary, '\n'), 20);
}

TEST_F(TokenizerCommandTest, MistakesHaveTheirKind) {
  const auto complaint = [](const Arguments& arguments) {
    return MessageOf<ConfigError>([&] { RunTokenizerCommand(arguments); });
  };
  EXPECT_THAT(complaint({"trian"}), HasSubstr("did you mean train?"));
  EXPECT_THAT(complaint({"train", "-i", "x"}), HasSubstr("--model-prefix"));
  EXPECT_THAT(complaint({"train", "-i", "x", "--model-prefix", "y", "--vocab-size", "7"}),
              HasSubstr("--vocabulary-size: expected from 8 to 1000000, got 7"));
  EXPECT_THAT(complaint({"encode", "-i", "x"}), HasSubstr("--model"));
  EXPECT_THAT(Failure<DataError>(Encode, {"-i", directory_.Path("none")}), HasSubstr("none"));
  EXPECT_THROW(RunTokenizerCommand({"encode", "-m", Write("bad", "no model"), "-i", "x"}),
               CheckpointError);
  EXPECT_THROW(RunTokenizerCommand({"train", "-i", Write("empty", ""), "--model-prefix",
                                    directory_.Path("spm"), "--quiet"}),
               DataError);
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("spm.model")));
}

}  // namespace
}  // namespace talmach
