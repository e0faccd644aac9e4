#include "training/run_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "training/checkpoint.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

class RunStartTest : public ::testing::Test {
 protected:
  RunStartTest() : run_(directory_.Path("run")) {
    WriteRun(run_, "old");
    WriteFile(run_.path + "/notes.txt", "mine");
  }

  static void WriteFile(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  // Some of the files of a run, each holding `text`.
  static void WriteRun(const ModelDirectory& run, const std::string& text) {
    for (const std::string& path : {run.Model(), run.SourceTokenizer(), run.Configuration(),
                                    run.Log(), run.Checkpoint(3).State()}) {
      WriteFile(path, text);
    }
  }

  // Names below the directory and what the files hold.
  std::map<std::string, std::string> Contents() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : fs::recursive_directory_iterator(run_.path)) {
      if (!entry.is_regular_file()) continue;
      const std::string name = fs::relative(entry.path(), run_.path);
      contents[name] = directory_.Read("run/" + name);
    }
    return contents;
  }

  TrainingSetup MakeSetup() {
    TrainingSetup setup = ToySetup(run_.path);
    setup.training.max_updates = 3;
    return setup;
  }

  TemporaryDirectory directory_;
  ModelDirectory run_;
};

TEST_F(RunStartTest, WhatIsThereStaysUntilTheRunBegins) {
  const auto before = Contents();
  {
    const RunStart start(run_);
    EXPECT_TRUE(start.replaces());
    WriteRun(start.files(), "new");
    WriteFile(start.files().Records(), "new");
    for (const auto& [name, text] : before) EXPECT_EQ(directory_.Read("run/" + name), text);
  }
  EXPECT_EQ(Contents(), before);
}

TEST_F(RunStartTest, ARunThatBeginsReplacesAllFilesOfTheOneBefore) {
  RunStart start(run_);
  WriteFile(start.files().Checkpoint(1).State(), "new");
  WriteFile(start.files().Configuration(), "new");
  start.Begin();
  EXPECT_TRUE(start.has_begun());
  const std::map<std::string, std::string> expected = {
      {"checkpoints/update-00000001/state.json", "new"},
      {"config.yaml", "new"},
      {"notes.txt", "mine"}};
  EXPECT_EQ(Contents(), expected);
}

TEST_F(RunStartTest, WhereverBeginIsKilledTheNextStartFinishesIt) {
  const ModelDirectory fresh(directory_.Path("fresh"));
  WriteRun(fresh, "new");
  const auto old = Contents();
  auto expected = old;
  for (auto& [name, text] : expected) {
    if (name != "notes.txt") text = "new";
  }
  // Its renames one by one, stopped after each number of them.
  for (std::size_t num_renames = 0; num_renames <= 2 * kRunFiles.size(); ++num_renames) {
    fs::remove_all(run_.path);
    WriteRun(run_, "old");
    WriteFile(run_.path + "/notes.txt", "mine");
    const bool is_moving = num_renames > kRunFiles.size();
    const fs::path folder = run_.path + (is_moving ? "/new-run-moving" : "/new-run-saved");
    fs::copy(fresh.path, folder, fs::copy_options::recursive);
    fs::create_directory(run_.path + "/old-run");
    for (std::size_t i = 0; i < num_renames; ++i) {
      const fs::path name = kRunFiles[i % kRunFiles.size()];
      const bool is_old = i < kRunFiles.size();
      const fs::path from = (is_old ? fs::path(run_.path) : folder) / name;
      const fs::path to = (is_old ? run_.path + "/old-run" : run_.path) / name;
      if (fs::exists(from)) fs::rename(from, to);
    }
    RunStart::Settle(run_);
    EXPECT_EQ(Contents(), expected) << num_renames;
  }
}

TEST_F(RunStartTest, WhatWasOnlyBegunWhenItWasKilledIsRemoved) {
  const auto before = Contents();
  WriteRun(ModelDirectory(run_.path + "/new-run"), "new");
  RunStart::Settle(run_);
  EXPECT_EQ(Contents(), before);
}

TEST_F(RunStartTest, TrainingThatCannotTrainLeavesTheDirectoryAsItWas) {
  const auto before = Contents();
  TrainingSetup setup = MakeSetup();
  const std::string empty = directory_.Write("empty", std::string(150, '\n'));
  setup.data.train.front().target = empty;
  setup.data.valid_source.clear();
  setup.data.valid_target.clear();
  setup.lock = LockForTraining(directory_.Path("elsewhere"));
  setup.start = std::make_shared<RunStart>(run_);
  EXPECT_THAT([&] { Train(setup); }, ThrowsMessage<DataError>(HasSubstr("usable")));
  setup.start.reset();
  EXPECT_EQ(Contents(), before);
}

TEST_F(RunStartTest, AStopBeforeTheFirstUpdateLeavesTheDirectoryAsItWas) {
  const auto before = Contents();
  TrainingSetup setup = MakeSetup();
  setup.should_stop = [](Index) { return true; };
  setup.lock = LockForTraining(directory_.Path("elsewhere"));
  setup.start = std::make_shared<RunStart>(run_);
  EXPECT_EQ(Train(setup).outcome, TrainingOutcome::kInterrupted);
  EXPECT_FALSE(setup.start->has_begun());
  setup.start.reset();
  EXPECT_EQ(Contents(), before);
}

TEST_F(RunStartTest, TheFirstUpdateIsSavedBeforeTheOldRunGoes) {
  TrainingSetup setup = MakeSetup();
  setup.training.keep_last = 5;
  setup.should_stop = [](Index update) { return update == 1; };
  setup.start = std::make_shared<RunStart>(run_);
  EXPECT_EQ(Train(setup).updates, 1);
  EXPECT_TRUE(setup.start->has_begun());
  EXPECT_EQ(ListCheckpoints(run_), (std::vector<Index>{1, 0}));
  EXPECT_FALSE(fs::exists(run_.Configuration()));  // the old one
  EXPECT_TRUE(fs::exists(run_.Model()));
  EXPECT_EQ(directory_.Read("run/notes.txt"), "mine");
}

TEST_F(RunStartTest, ARunThatBeginsAsideIsThatOfARunInItsPlace) {
  TrainingSetup setup = MakeSetup();
  setup.start = std::make_shared<RunStart>(run_);
  Train(setup);
  TrainingSetup alone = MakeSetup();
  alone.directory = directory_.Path("alone");
  Train(alone);
  const ModelDirectory other(alone.directory);
  EXPECT_EQ(directory_.Read("run/checkpoints/update-00000003/optimizer.safetensors"),
            directory_.Read("alone/checkpoints/update-00000003/optimizer.safetensors"));
  EXPECT_EQ(directory_.Read("run/model.safetensors"), directory_.Read("alone/model.safetensors"));
}

}  // namespace
}  // namespace talmach
