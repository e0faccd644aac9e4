#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/toy_model_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProbeCommandTest : public CommandTest {
 protected:
  static Arguments With(Arguments flags) {
    const ToyCorpus& corpus = ToyCorpus::Get();
    flags.insert(flags.end(), {"-m", ToyModelDirectory::Path(), "-s", corpus.Path("valid.source"),
                               "-t", corpus.Path("valid.target"), "-b", "1"});
    return flags;
  }
};

TEST_F(ProbeCommandTest, TheTableAndTheRecordHoldTheSameNumbers) {
  Lines(RunProbeCommand, With({"--format", "json"}));
  const auto record = nlohmann::json::parse(directory_.Read("out"));
  EXPECT_EQ(record["sentences"], 12);
  EXPECT_EQ(record["seed"], 1);
  const std::vector<std::string> table = Lines(RunProbeCommand, With({}));
  ASSERT_EQ(table.size(), 7 + record["kendall_tau"].size());
  EXPECT_THAT(table[0], StartsWith("sentences"));
  EXPECT_THAT(table[0], ::testing::EndsWith(" 12"));
  EXPECT_THAT(table[2], StartsWith("BLEU, uniform attention"));
  EXPECT_NEAR(record["nats_lost"]["ratio"].get<double>(),
              record["nats_lost"]["most_attended"].get<double>() /
                  record["nats_lost"]["random"].get<double>(),
              1e-6);
}

TEST_F(ProbeCommandTest, ThePlotHasTheFormatOfItsName) {
  for (const auto& [name, start] :
       {std::pair{"p.png", "\x89PNG"}, {"p.svg", "<?xml"}, {"p.pdf", "%PDF"}}) {
    Lines(RunProbeCommand, With({"--plot", directory_.Path(name)}));
    EXPECT_THAT(directory_.Read(name), StartsWith(start));
  }
  EXPECT_THAT(Failure<ConfigError>(RunProbeCommand, With({"--plot", directory_.Path("p.gif")})),
              HasSubstr("--plot: expected a file that ends in .png, .svg or .pdf"));
}

TEST_F(ProbeCommandTest, WhatItCannotUseIsRefused) {
  const std::string source = ToyCorpus::Get().Path("valid.source");
  const auto failure = [&](const std::string& references) {
    return Failure<DataError>(RunProbeCommand, {"-m", ToyModelDirectory::Path(), "-s", source, "-t",
                                                Write("references", references), "-b", "1"});
  };
  EXPECT_THAT(failure(std::string(12, '\n')), HasSubstr("references: no reference translations"));
  EXPECT_THAT(failure("ka\n"), HasSubstr("references"));
  EXPECT_THAT(Failure<ConfigError>(RunProbeCommand, With({"-m", "another"})),
              HasSubstr("--model: expected one directory, got 2"));
  EXPECT_THAT(Failure<ConfigError>(RunProbeCommand, With({"--precision", "int8"})),
              HasSubstr("int8"));
}

}  // namespace
}  // namespace talmach
