#include "training/training_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/scoped_file_size_limit.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::MatchesRegex;

TEST(FormatDisplayTest, IsMariansLineWithEta) {
  const DisplayRecord record{.update = 1000,
                             .epoch = 1,
                             .sentences = 64000,
                             .cost = 4.21,
                             .seconds = 12.3,
                             .words_per_second = 9000.12,
                             .gradient_norm = 1.23,
                             .learning_rate = 3e-4,
                             .seconds_left = 2520.0};
  EXPECT_EQ(FormatDisplay(record),
            "Ep. 1 : Up. 1000 : Sen. 64,000 : Cost 4.2100 : Time 12.30s : 9000.12 words/s : gNorm "
            "1.2300 : L.r. 3.0000e-04 : ETA 0h42m");
}

TEST(FormatDisplayTest, LeavesOutAnUnknownEta) {
  EXPECT_THAT(FormatDisplay({.sentences = 1234567}),
              MatchesRegex(".* : Sen. 1,234,567 : .* : L.r. 0.0000e\\+00"));
}

TEST(FormatDisplayTest, ShowsTheCostOfGuidedAlignment) {
  EXPECT_THAT(FormatDisplay({.cost = 2, .alignment_cost = 0.5}),
              MatchesRegex(".* : Cost 2.0000 : Align 0.5000 : Time .*"));
}

TEST(FormatDisplayTest, TellsTheCostOfEachCorpus) {
  EXPECT_THAT(FormatDisplay({.cost = 2,
                             .corpora = {{.name = "news", .cost = 2.5, .num_tokens = 7},
                                         {.name = "<bt>", .cost = 1.5, .num_tokens = 7}},
                             .alignment_cost = 0.5}),
              MatchesRegex(".* : Cost 2.0000 : news 2.5000, <bt> 1.5000 : Align 0.5000 : .*"));
}

TEST(FormatDurationTest, RoundsToMinutes) {
  EXPECT_EQ(FormatDuration(0), "0h00m");
  EXPECT_EQ(FormatDuration(29.9), "0h00m");
  EXPECT_EQ(FormatDuration(3599.0), "1h00m");
  EXPECT_EQ(FormatDuration(100 * 3600.0 + 61.0), "100h01m");
}

TEST(TrainingLogTest, WritesOneRecordPerLineAndADatedLogForPeople) {
  const TemporaryDirectory directory;
  {
    TrainingLog log(directory.Path(""), /*fresh=*/true);
    log.Display({.update = 3, .cost = 2.5});
    log.Write({{"event", "save"}, {"update", 3}});
    log.Say("hello");
  }
  EXPECT_THAT(
      directory.Read("train.jsonl"),
      MatchesRegex("\\{\"event\":\"display\",\"update\":3,\"epoch\":0,.*\"cost\":2.5,.*\\}\n"
                   "\\{\"event\":\"save\",\"update\":3\\}\n"));
  EXPECT_THAT(
      directory.Read("train.log"),
      MatchesRegex("\\[[0-9-]+ [0-9:]+\\] Ep. 0 : Up. 3 .*\n\\[[0-9-]+ [0-9:]+\\] hello\n"));
}

TEST(TrainingLogTest, TruncationForgetsRecordsAndWritingGoesOnThere) {
  const TemporaryDirectory directory;
  Index kept = 0;
  {
    TrainingLog log(directory.Path(""), /*fresh=*/true);
    log.Write({{"update", 1}});
    kept = log.record_bytes();
    log.Write({{"update", 2}});
  }
  TrainingLog log(directory.Path(""), /*fresh=*/false);
  EXPECT_GT(log.record_bytes(), kept);
  log.TruncateRecords(kept);
  log.Write({{"update", 3}});
  EXPECT_EQ(directory.Read("train.jsonl"), "{\"update\":1}\n{\"update\":3}\n");
  log.TruncateRecords(1000);  // a file shorter than the checkpoint says: nothing to cut
  EXPECT_EQ(directory.Read("train.jsonl"), "{\"update\":1}\n{\"update\":3}\n");
}

TEST(TrainingLogTest, CountsRecordsThatCannotBeWrittenAndReportsThemOnce) {
  const TemporaryDirectory directory;
  TrainingLog log(directory.Path(""), /*fresh=*/true);
  log.Write({{"update", 1}});
  EXPECT_EQ(log.lost_records(), 0);
  {
    const ScopedFileSizeLimit limit(500);
    log.Write({{"update", std::string(1000, 'x')}});
    log.Write({{"update", std::string(1000, 'x')}});
  }
  EXPECT_EQ(log.lost_records(), 2);
  log.Write({{"update", 2}});
  EXPECT_EQ(directory.Read("train.jsonl"), "{\"update\":1}\n{\"update\":2}\n");
  const std::string lines = directory.Read("train.log");
  EXPECT_NE(lines.find("cannot be written"), std::string::npos);
  EXPECT_EQ(lines.find("cannot be written"), lines.rfind("cannot be written"));
}

TEST(TrainingLogTest, FreshForgetsEverything) {
  const TemporaryDirectory directory;
  directory.Write("train.jsonl", "{}\n");
  TrainingLog log(directory.Path(""), /*fresh=*/true);
  log.Write({{"update", 1}});
  EXPECT_EQ(directory.Read("train.jsonl"), "{\"update\":1}\n");
}

TEST(TrainingLogTest, ADirectoryThatIsNotThereIsNamed) {
  EXPECT_THAT([] { TrainingLog("/nowhere/at/all", false); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr("/nowhere/at/all")));
}

}  // namespace
}  // namespace talmach
