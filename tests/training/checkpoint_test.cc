#include "training/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

TrainingOptions WithAverage() {
  TrainingOptions options;
  options.ema_decay = 0.9f;
  return options;
}

TrainingState SomeState(Index update) {
  TrainingState state;
  state.update = update;
  state.epoch = 3;
  state.epoch_ended = true;
  state.position = {.epoch = 4, .window_position = 64, .batch_in_window = 2, .sentences = 999};
  state.seconds = 0.1;
  state.rate_scale = 0.25;
  state.best = {.update = 5, .score = 1.0 / 3.0, .stale_validations = 2};
  state.plateau = {.reductions = 1, .stale_validations = 1};
  state.other_bests = {{"bleu", {.update = 5, .score = 1.0 / 7.0, .stale_validations = 3}}};
  state.kept = {{.update = 5, .score = 1.0 / 3.0}, {.update = 4, .score = 0.1}};
  state.window = {.loss = 1e-17, .tokens = 3, .gradient_norm = 1.1, .updates = 1, .seconds = 0.7};
  state.window.learning_rate = 3e-4;
  state.log_bytes = 1234;
  return state;
}

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest()
      : model_(ToyModel(), {.source = 20, .target = 20}, Precision::kFloat32),
        adam_(model_.parameters(), WithAverage()) {
    model_.parameters().Initialize(1);
    Fill(adam_.first_moment(), 2);
    Fill(adam_.second_moment(), 3);
    Fill(adam_.average(), 4);
  }

  // Random numbers in every parameter's place; gaps in the slab stay 0, as training leaves them.
  void Fill(View slab, std::uint64_t key) {
    RandomStream random(key);
    for (const Parameter& parameter : model_.parameters().list()) {
      for (float& x : ParameterSet::Slice(slab, parameter).span()) x = random.Normal();
    }
  }

  CheckpointStore Store(Index keep_last = 2, AtomicFileOptions options = {}) {
    return CheckpointStore(directory_.Path("model"), keep_last, std::move(options));
  }

  void Save(CheckpointStore&& store, Index update) {
    store.Save(model_.parameters(), adam_, Metadata(update), SomeState(update), settings_);
  }

  ModelMetadata Metadata(Index update) const {
    return {.config = model_.config(),
            .vocabulary = model_.vocabulary(),
            .source_vocabulary_hash = "s",
            .target_vocabulary_hash = "t",
            .updates = update};
  }

  // Changes one byte of a file of the checkpoint.
  void Damage(Index update, const std::string& file, Index from_end) {
    const fs::path path = fs::path(Store().PathOf(update)) / file;
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(-from_end, std::ios::end);
    const char byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(-from_end, std::ios::end);
    stream.put(byte);
  }

  TemporaryDirectory directory_;
  Seq2SeqModel model_;
  Adam adam_;
  TrainingSettings settings_ = {{"training.seed", 1}};
};

std::vector<float> Values(ConstView slab) { return {slab.span().begin(), slab.span().end()}; }

TEST_F(CheckpointTest, EverythingComesBackToTheBit) {
  Save(Store(), 12);
  Seq2SeqModel model(ToyModel(), {.source = 20, .target = 20}, Precision::kFloat32);
  Adam adam(model.parameters(), WithAverage());
  const CheckpointStore store = Store();
  const CheckpointRecord record = store.ReadRecord(12);
  store.ReadSlabs(12, model.parameters(), adam);
  EXPECT_TRUE(record.state == SomeState(12));
  EXPECT_EQ(record.settings, settings_);
  EXPECT_EQ(Values(model.parameters().slab()), Values(model_.parameters().slab()));
  EXPECT_EQ(Values(adam.first_moment()), Values(adam_.first_moment()));
  EXPECT_EQ(Values(adam.second_moment()), Values(adam_.second_moment()));
  EXPECT_EQ(Values(adam.average()), Values(adam_.average()));
  EXPECT_EQ(directory_.Read("model/checkpoints/LATEST"), "update-00000012\n");
}

TEST_F(CheckpointTest, TheModelOfACheckpointIsAModelFile) {
  Save(Store(), 12);
  const LoadedModel loaded =
      LoadModel(Store().PathOf(12) + "/model.safetensors", Precision::kFloat32);
  EXPECT_EQ(loaded.metadata.updates, 12);
  EXPECT_EQ(Values(loaded.model->parameters().slab()), Values(model_.parameters().slab()));
}

TEST_F(CheckpointTest, TheLastOnesAreKept) {
  for (const Index update : {3, 20, 100}) Save(Store(2), update);
  EXPECT_THAT(Store().List(), ElementsAre(100, 20));
}

TEST_F(CheckpointTest, WhileUpdatesAreSkippedNoneIsRemoved) {
  for (const Index update : {3, 20}) Save(Store(2), update);
  TrainingState state = SomeState(22);
  state.skipped_in_row = 1;
  Store(2).Save(model_.parameters(), adam_, Metadata(22), state, settings_);
  EXPECT_THAT(Store().List(), ElementsAre(22, 20, 3));
  Save(Store(2), 30);
  EXPECT_THAT(Store().List(), ElementsAre(30, 22));
}

TEST_F(CheckpointTest, SomeCanBeDroppedAndLatestNamesAnother) {
  for (const Index update : {3, 20, 22}) Save(Store(3), update);
  Store(3).Drop({22, 3});
  EXPECT_THAT(Store(3).List(), ElementsAre(20));
  EXPECT_EQ(directory_.Read("model/checkpoints/LATEST"), "update-00000020\n");
}

TEST_F(CheckpointTest, WhatIsNotFiniteIsNotUsed) {
  const Index place = model_.parameters().list().back().offset;
  for (const View slab :
       {model_.parameters().slab(), adam_.first_moment(), adam_.second_moment(), adam_.average()}) {
    const float before = std::exchange(slab[place], std::numeric_limits<float>::infinity());
    Save(Store(), 12);
    EXPECT_THAT([&] { Store().ReadSlabs(12, model_.parameters(), adam_); },
                ThrowsMessage<CheckpointError>(HasSubstr("not finite")));
    slab[place] = before;
    Save(Store(), 12);
    Store().ReadSlabs(12, model_.parameters(), adam_);
  }
}

TEST_F(CheckpointTest, SavingAnUpdateAgainReplacesIt) {
  Save(Store(), 7);
  settings_["training.seed"] = 2;
  Save(Store(), 7);
  EXPECT_THAT(Store().List(), ElementsAre(7));
  EXPECT_EQ(Store().ReadRecord(7).settings, settings_);
}

TEST_F(CheckpointTest, DamageIsFoundAndNamed) {
  Save(Store(), 5);
  Damage(5, "model.safetensors", 9);
  EXPECT_THAT([&] { Store().ReadSlabs(5, model_.parameters(), adam_); },
              ThrowsMessage<CheckpointError>(HasSubstr("update-00000005/model.safetensors")));
  Save(Store(), 5);
  Damage(5, "optimizer.safetensors", 9);
  EXPECT_THAT([&] { Store().ReadSlabs(5, model_.parameters(), adam_); },
              ThrowsMessage<CheckpointError>(HasSubstr("optimizer.safetensors")));
  for (const Index from_end : {10, 100, 300}) {
    Save(Store(), 5);
    Damage(5, "state.json", from_end);
    EXPECT_THAT([&] { Store().ReadRecord(5); },
                ThrowsMessage<CheckpointError>(HasSubstr("state.json")));
  }
}

TEST_F(CheckpointTest, AMissingOrEmptyStateIsNamed) {
  Save(Store(), 5);
  const std::string path = Store().PathOf(5) + "/state.json";
  fs::resize_file(path, 0);
  EXPECT_THAT([&] { Store().ReadRecord(5); }, ThrowsMessage<CheckpointError>(HasSubstr(path)));
  fs::remove(path);
  EXPECT_THAT([&] { Store().ReadRecord(5); }, ThrowsMessage<CheckpointError>(HasSubstr(path)));
}

TEST_F(CheckpointTest, AStateThatMeansHarmIsRefused) {
  Save(Store(), 5);
  const std::string name = "model/checkpoints/update-00000005/state.json";
  const std::string lists(50000, '[');
  for (const std::string& text :
       {lists, lists + std::string(50000, ']'), "{\"checksum\":" + lists, std::string(1 << 20, ' '),
        std::string("[]"), std::string("null"), std::string("{\"checksum\":1,\"checksum\":1}")}) {
    directory_.Write(name, text);
    EXPECT_THAT([&] { Store().ReadRecord(5); }, ThrowsMessage<CheckpointError>(HasSubstr(name)));
  }
}

TEST_F(CheckpointTest, SettingsThatAreNoObjectAreRefusedUnderARightChecksum) {
  for (const TrainingSettings& settings : {TrainingSettings::array(), TrainingSettings(3)}) {
    settings_ = settings;
    Save(Store(), 5);
    EXPECT_THAT([&] { Store().ReadRecord(5); },
                ThrowsMessage<CheckpointError>(HasSubstr("settings")));
  }
}

TEST(TrainingStateTest, RefusesNumbersThatAreNotWhole) {
  const nlohmann::json good = ToJson(SomeState(12));
  EXPECT_TRUE(TrainingStateFromJson(good) == SomeState(12));
  for (const char* place : {"/update", "/best/update", "/kept/0/update", "/position/sentences",
                            "/other_bests/bleu/update"}) {
    for (const double number : {1.5, 1e300, -1e300}) {
      nlohmann::json json = good;
      json[nlohmann::json::json_pointer(place)] = number;
      EXPECT_THROW(TrainingStateFromJson(json), nlohmann::json::type_error) << place << number;
    }
  }
}

// Those of older versions follow the first score alone.
TEST(TrainingStateTest, MayLackTheBestsOfOtherScores) {
  TrainingState state = SomeState(12);
  nlohmann::json json = ToJson(state);
  EXPECT_EQ(json.erase("other_bests"), 1u);
  state.other_bests.clear();
  EXPECT_TRUE(TrainingStateFromJson(json) == state);
}

TEST_F(CheckpointTest, MomentsBelongToTheirModel) {
  Save(Store(), 5);
  const std::string path = Store().PathOf(5);
  const SafetensorsFile model(path + "/model.safetensors");
  EXPECT_NO_THROW(CheckMoments(model, SafetensorsFile(path + "/optimizer.safetensors")));
  EXPECT_THROW(CheckMoments(model, model), CheckpointError);
}

// Fails the n-th system call of each kind in turn, until a save makes fewer calls than that.
TEST_F(CheckpointTest, AFailedWriteAtAnyCallLeavesTheOldCheckpointAlone) {
  Save(Store(), 1);
  int failures = 0;
  for (int failing = 0;; ++failing) {
    int calls = 0;
    const auto fails = [&] { return calls++ == failing; };
    const AtomicFileOptions options = {
        .write = [&](int file, const void* bytes, std::size_t size) -> ssize_t {
          if (!fails()) return ::write(file, bytes, size);
          errno = ENOSPC;
          return -1;
        },
        .sync =
            [&](int file) {
              if (!fails()) return ::fsync(file);
              errno = EIO;
              return -1;
            },
        .rename =
            [&](const char* from, const char* to) {
              if (!fails()) return ::rename(from, to);
              errno = EACCES;
              return -1;
            }};
    try {
      Save(Store(2, options), 2);
      break;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("checkpoints"));
      ++failures;
    }
    // Once the new one has its name, only LATEST can fail.
    ASSERT_THAT(Store().List(), AnyOf(ElementsAre(1), ElementsAre(2, 1)));
    for (const Index update : Store().List()) {
      EXPECT_NO_THROW(Store().ReadRecord(update));
      EXPECT_NO_THROW(Store().ReadSlabs(update, model_.parameters(), adam_));
    }
  }
  EXPECT_GE(failures, 12) << "four files, each written, synced and renamed";
  EXPECT_THAT(Store().List(), ElementsAre(2, 1));
}

TEST_F(CheckpointTest, WhatAnInterruptedSaveLeftIsRemoved) {
  Save(Store(), 1);
  fs::create_directories(directory_.Path("model/checkpoints/.tmp-update-00000002/x"));
  EXPECT_THAT(Store().List(), ElementsAre(1));
  EXPECT_FALSE(fs::exists(directory_.Path("model/checkpoints/.tmp-update-00000002")));
}

TEST_F(CheckpointTest, AReplacedCheckpointWithoutASuccessorComesBack) {
  Save(Store(), 7);
  const fs::path replaced = directory_.Path("model/checkpoints/.tmp-old-update-00000007");
  fs::rename(Store().PathOf(7), replaced);
  EXPECT_THAT(Store().List(), ElementsAre(7));
  Store().ReadSlabs(7, model_.parameters(), adam_);
  EXPECT_FALSE(fs::exists(replaced));
  fs::create_directories(replaced / "of a save that did end");
  EXPECT_THAT(Store().List(), ElementsAre(7));
  EXPECT_FALSE(fs::exists(replaced));
}

TEST_F(CheckpointTest, ARunHasBegunWhenThereIsACheckpoint) {
  EXPECT_FALSE(HasCheckpoints(directory_.Path("model")));
  Store();
  EXPECT_FALSE(HasCheckpoints(directory_.Path("model")));
  Save(Store(), 7);
  EXPECT_TRUE(HasCheckpoints(directory_.Path("model")));
}

TEST_F(CheckpointTest, OtherNamesAreNoCheckpoints) {
  for (const char* name : {"update-", "update-12x", "update--5", "best", "xupdate-00000001"}) {
    fs::create_directories(fs::path(directory_.Path("model/checkpoints")) / name);
  }
  EXPECT_THAT(Store().List(), IsEmpty());
}

TEST(BestScoreTest, OnlyABetterScoreIsANewBest) {
  BestScore best;
  EXPECT_FALSE(best.Observe(1, std::nan(""), false));
  EXPECT_FALSE(best.Observe(1, std::numeric_limits<double>::infinity(), false));
  EXPECT_TRUE(best.Observe(2, 3.0, false));
  EXPECT_FALSE(best.Observe(3, 3.0, false));
  EXPECT_FALSE(best.Observe(4, std::nan(""), false));
  EXPECT_EQ(best.stale_validations, 2);
  EXPECT_TRUE(best.Observe(5, 2.5, false));
  EXPECT_TRUE((best == BestScore{.update = 5, .score = 2.5, .stale_validations = 0}));
}

TEST(BestScoreTest, BleuOfZeroIsABeginningToImproveOn) {
  BestScore best;
  EXPECT_TRUE(best.Observe(1, 0.0, true));
  EXPECT_FALSE(best.Observe(2, 0.0, true));
  EXPECT_TRUE(best.Observe(3, 0.5, true));
}

}  // namespace
}  // namespace talmach
