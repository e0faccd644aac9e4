#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "attention/attention_map.h"
#include "attention/word_units.h"
#include "base/error.h"
#include "cli/command.h"
#include "drawing/picture.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// A sentence with a word of two pieces.
AttentionMap SampleMap() {
  return {.source = {"▁Ein", "▁Hu", "nd", "</s>"},
          .target = {"▁A", "▁dog", "</s>"},
          .weights = {1, 0, 0, 0, 0, 0.5f, 0.5f, 0, 0, 0, 0, 1}};
}

// Three sentences; the second has two candidates.
std::string SampleRecords() {
  AttentionMap map = SampleMap();
  std::string records;
  for (const Index line : {0, 1, 1, 2}) {
    map.line = line;
    records += ToJsonLine(map) + "\n";
  }
  return records;
}

class HeatmapCommandTest : public ::testing::Test {
 protected:
  // Runs the command on the sample with further flags.
  void Run(const Arguments& flags) {
    Arguments arguments = {"--attention", directory_.Write("a.jsonl", SampleRecords()), "-o",
                           output()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    RunHeatmapCommand(arguments);
  }

  std::string output() const { return directory_.Path("deep/pictures"); }
  std::string ReadOutput(const std::string& name) const {
    return directory_.Read("deep/pictures/" + name);
  }
  std::vector<std::string> OutputNames() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(output())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  TemporaryDirectory directory_;
};

TEST_F(HeatmapCommandTest, DrawsEachCandidateOfEachLine) {
  Run({});
  EXPECT_THAT(OutputNames(),
              UnorderedElementsAre("attention.html", "sentence_0001.svg", "sentence_0002.svg",
                                   "sentence_0002_candidate_2.svg", "sentence_0003.svg"));
}

TEST_F(HeatmapCommandTest, WritesTheFormatsAskedForOfTheLinesAskedFor) {
  Run({"--format", "png,pdf", "--lines", "3"});
  EXPECT_THAT(OutputNames(), UnorderedElementsAre("sentence_0003.pdf", "sentence_0003.png"));
  EXPECT_THAT(ReadOutput("sentence_0003.png"), StartsWith("\x89PNG"));
  EXPECT_THAT(ReadOutput("sentence_0003.pdf"), StartsWith("%PDF"));
}

TEST_F(HeatmapCommandTest, EachFlagSetsItsOptionOfThePicture) {
  AttentionMap map = SampleMap();
  map.layers = {{.name = "gradient", .values = {0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3}}};
  const std::string records = directory_.Write("layers.jsonl", ToJsonLine(map));
  const auto drawn = [&](Arguments flags) {
    flags.insert(flags.end(), {"--attention", records, "-o", output(), "--format", "svg"});
    RunHeatmapCommand(flags);
    return ReadOutput("sentence_0001.svg");
  };
  const auto expected = [&](const PictureOptions& options) {
    return RenderPicture(map, PictureFormat::kSvg, options);
  };
  EXPECT_EQ(drawn({}), expected({}));
  EXPECT_EQ(drawn({"--values"}), expected({.cell_values = true}));
  EXPECT_EQ(drawn({"--dots"}), expected({.alignment_dots = true}));
  EXPECT_EQ(drawn({"--dots", "--values"}), expected({.cell_values = true, .alignment_dots = true}));
  EXPECT_EQ(drawn({"--layer", "gradient"}), expected({.layer = "gradient"}));
  EXPECT_EQ(drawn({"--max-weight", "0.5"}), expected({.max_weight = 0.5}));
  EXPECT_EQ(drawn({"--units", "piece"}), expected({}));
  EXPECT_EQ(drawn({"--units", "word"}),
            RenderPicture(InUnits(map, Units::kWord), PictureFormat::kSvg));
}

// The width in pixels, which a PNG holds in four bytes behind its first header.
TEST_F(HeatmapCommandTest, TheResolutionIsThatOfThePixels) {
  const auto width = [&](const char* resolution) {
    Run({"--format", "png", "--lines", "1", "--resolution", resolution});
    const std::string png = ReadOutput("sentence_0001.png");
    Index value = 0;
    for (std::size_t i = 16; i < 20; ++i) value = value << 8 | static_cast<unsigned char>(png[i]);
    return value;
  };
  const Index width_72 = width("72");
  EXPECT_GT(width_72, 100);  // four columns, labels, colour bar
  EXPECT_NEAR(static_cast<double>(width("144")), 2.0 * static_cast<double>(width_72), 2);
}

TEST_F(HeatmapCommandTest, ThePageHasItsTitle) {
  Run({"--format", "html", "--title", "Phrasebook"});
  EXPECT_THAT(ReadOutput("attention.html"), HasSubstr("\"title\":\"Phrasebook\""));
}

TEST_F(HeatmapCommandTest, WrongFlagsAreConfigurationErrors) {
  EXPECT_THROW(Run({"--format", "sgv"}), ConfigError);
  EXPECT_THROW(Run({"--format", ""}), ConfigError);
  EXPECT_THROW(Run({"--lines", "2-1"}), ConfigError);
  EXPECT_THROW(Run({"--units", "letters"}), ConfigError);
  EXPECT_THROW(RunHeatmapCommand({"-o", output()}), ConfigError);
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(HeatmapCommandTest, AFileOrAModelIsDrawnButNotBoth) {
  EXPECT_THROW(Run({"-m", "model"}), ConfigError);
  EXPECT_THROW(Run({"-s", "source.txt"}), ConfigError);
  EXPECT_THROW(Run({"--beam-size", "2"}), ConfigError);
  EXPECT_THROW(RunHeatmapCommand({"-m", "model", "-o", output()}), ConfigError);
  EXPECT_THROW(
      RunHeatmapCommand({"-m", "model", "-s", "a", "-t", "b", "--n-best", "2", "-o", output()}),
      ConfigError);
  EXPECT_THROW(RunHeatmapCommand({"-m", directory_.Path("none"), "-s", "a", "-o", output()}),
               CheckpointError);
}

TEST_F(HeatmapCommandTest, WrongFilesAreDataErrors) {
  EXPECT_THROW(Run({"--lines", "4-"}), DataError);
  EXPECT_THROW(RunHeatmapCommand({"--attention", directory_.Path("none"), "-o", output()}),
               DataError);
  EXPECT_THROW(
      RunHeatmapCommand({"--attention", directory_.Write("b.jsonl", "{}\n"), "-o", output()}),
      DataError);
}

TEST_F(HeatmapCommandTest, AFileInPlaceOfTheFolderIsAnError) {
  const std::string file = directory_.Write("a.jsonl", SampleRecords());
  EXPECT_THROW(RunHeatmapCommand({"--attention", file, "-o", file}), Error);
}

TEST_F(HeatmapCommandTest, SentencesTooLongToDrawAreLeftOut) {
  AttentionMap map;
  map.source.assign(501, "a");
  map.target = {"b"};
  map.weights.assign(501, 0.001f);
  RunHeatmapCommand(
      {"--attention", directory_.Write("long.jsonl", ToJsonLine(map)), "-o", output()});
  EXPECT_THAT(OutputNames(), UnorderedElementsAre("attention.html"));
}

}  // namespace
}  // namespace talmach
