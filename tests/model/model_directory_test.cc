#include "model/model_directory.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(CheckpointNameTest, IsReadAgainAndSortsByUpdate) {
  for (const Index update : {0, 1, 10, 12345678, 123456789}) {
    EXPECT_EQ(ParseCheckpointName(CheckpointName(update)), update);
  }
  EXPECT_EQ(CheckpointName(10), "update-00000010");
  EXPECT_LT(CheckpointName(9), CheckpointName(10));
}

TEST(CheckpointNameTest, OtherNamesAreNone) {
  for (const char* name : {"", "update-", "update-1x", "update--1", "LATEST", "best",
                           "update-00000010.tmp-7-1", "xupdate-00000010"}) {
    EXPECT_EQ(ParseCheckpointName(name), -1) << name;
  }
}

TEST(ModelDirectoryTest, FilesLieInItAndCheckpointsInTheirFolder) {
  const ModelDirectory directory("runs/a");
  EXPECT_EQ(directory.Model(), "runs/a/model.safetensors");
  EXPECT_EQ(directory.Checkpoint(10).State(), "runs/a/checkpoints/update-00000010/state.json");
  EXPECT_EQ(directory.Latest(), "runs/a/checkpoints/LATEST");
  EXPECT_EQ(directory.BestModel(10), "runs/a/checkpoints/best/update-00000010.safetensors");
}

}  // namespace
}  // namespace talmach
