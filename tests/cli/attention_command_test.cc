#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attention/attention_map.h"
#include "base/error.h"
#include "cli/command.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two target pieces of one word over three pieces of two words; the layer reverses the attention.
AttentionMap SampleMap(Index line) {
  return {.line = line,
          .source = {"▁Hu", "nd", "</s>"},
          .target = {"▁d", "og"},
          .weights = {0.5f, 0.5f, 0, 0, 0.25f, 0.75f},
          .layers = {{.name = "gradient", .values = {1, 1, 3, -3, 2, 1}}}};
}

class AttentionCommandTest : public ::testing::Test {
 protected:
  // What the command writes about the records.
  std::string Run(const std::string& records, const Arguments& flags) {
    Arguments arguments = {"--attention", directory_.Write("a.jsonl", records), "-o",
                           directory_.Path("out")};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    RunAttentionCommand(arguments);
    return directory_.Read("out");
  }
  std::string Sample() { return ToJsonLine(SampleMap(0)) + "\n" + ToJsonLine(SampleMap(4)) + "\n"; }

  TemporaryDirectory directory_;
};

TEST_F(AttentionCommandTest, PrintsTheNumbersOfAll) {
  EXPECT_EQ(Run(Sample(), {}),
            "sentences                   2\n"
            "entropy                0.6277\n"  // (ln 2 + ¼ ln 4 + ¾ ln 4⁄3) / 2
            "sharpness              0.6250\n"
            "coverage               0.6250\n"  // ½ and ¾
            "monotonicity                -\n"  // the last piece looks at </s>
            "end_share              0.3750\n"
            "punctuation_share      0.0000\n"
            "tau gradient          -1.0000\n");
}

TEST_F(AttentionCommandTest, PrintsTheNumbersOfEachSentenceAsJson) {
  const std::string lines = Run(Sample(), {"--format", "json", "--sentence-level"});
  std::istringstream stream(lines);
  std::vector<nlohmann::json> records;
  for (std::string line; std::getline(stream, line);) {
    records.push_back(nlohmann::json::parse(line));
  }
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0]["line"], 0);
  EXPECT_EQ(records[1]["line"], 4);
  EXPECT_EQ(records[2]["sentences"], 2);
  for (const auto& record : records) {
    EXPECT_EQ(record["sharpness"], 0.625);
    EXPECT_EQ(record["tau gradient"], -1);
    EXPECT_TRUE(record["monotonicity"].is_null());
  }
}

TEST_F(AttentionCommandTest, WordsAreMeasuredInsteadOfPieces) {
  // One target word looks at the source word and at </s> with ⅝ and ⅜.
  const std::string table = Run(Sample(), {"--units", "word", "--sentence-level"});
  EXPECT_THAT(table, StartsWith("sentence  entropy  sharpness  coverage  monotonicity  end_share"));
  EXPECT_THAT(table,
              HasSubstr("\n       5   0.6616     0.6250    0.6250             -     0.3750"));
  EXPECT_THAT(table, HasSubstr("\n     all   0.6616"));
}

TEST_F(AttentionCommandTest, BadFilesAreRefusedByLine) {
  try {
    Run(Sample() + "{\"line\":0}\n", {});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.jsonl:3: "));
  }
  EXPECT_THROW(Run("\n", {}), DataError);
  EXPECT_THROW(RunAttentionCommand({}), ConfigError);
  EXPECT_THROW(RunAttentionCommand({"--attention", "/does/not/exist"}), DataError);
}

}  // namespace
}  // namespace talmach
