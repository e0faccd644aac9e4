#include "training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "training/checkpoint.h"
#include "training/model_average.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Json = nlohmann::json;

Period Updates(Index count) { return {.count = count, .unit = Period::Unit::kUpdates}; }

/// Stops a run after an update, as a signal would.
std::function<bool(Index)> StopAt(Index last) {
  return [last](Index update) { return update >= last; };
}

class TrainerTest : public ::testing::Test {
 protected:
  TrainingSetup MakeSetup(const std::string& name = "model") const {
    return ToySetup(directory_.Path(name));
  }

  CheckpointStore Store(const std::string& name = "model") const {
    return CheckpointStore(directory_.Path(name), 2);
  }

  /// The records of train.jsonl of one kind, without what a clock decides.
  std::vector<Json> Records(const std::string& event, const std::string& name = "model") const {
    std::vector<Json> records;
    std::istringstream lines(directory_.Read(name + "/train.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      Json record = Json::parse(line);
      if (record["event"] != event) continue;
      for (const char* key : {"seconds", "elapsed_seconds", "words_per_second"}) record.erase(key);
      records.push_back(record);
    }
    return records;
  }

  std::string File(const std::string& name, Index update, const std::string& file) const {
    return directory_.Read(fs::relative(Store(name).PathOf(update), directory_.Path("")).string() +
                           "/" + file);
  }

  /// Two directories hold the same training at the same update, to the bit.
  void ExpectSame(const std::string& one, const std::string& two, Index update) const {
    EXPECT_EQ(File(one, update, "model.safetensors"), File(two, update, "model.safetensors"));
    EXPECT_EQ(File(one, update, "optimizer.safetensors"),
              File(two, update, "optimizer.safetensors"));
    EXPECT_EQ(StateWithoutClock(one, update), StateWithoutClock(two, update));
    EXPECT_EQ(Records("display", one), Records("display", two));
    EXPECT_EQ(Records("validation", one), Records("validation", two));
    EXPECT_EQ(directory_.Read(one + "/model.safetensors"),
              directory_.Read(two + "/model.safetensors"));
  }

  Json StateWithoutClock(const std::string& name, Index update) const {
    TrainingState state = Store(name).ReadRecord(update).state;
    state.seconds = state.window.seconds = 0.0;
    state.log_bytes = 0;  // numbers of seconds differ in length
    return ToJson(state);
  }

  TemporaryDirectory directory_;
};

struct ResumeCase {
  std::string name;
  std::function<void(TrainingSetup&)> change;
};

/// What GoogleTest prints of a case.
void PrintTo(const ResumeCase& resume_case, std::ostream* out) { *out << resume_case.name; }

class ResumeTest : public TrainerTest, public ::testing::WithParamInterface<ResumeCase> {};

/// 7 + 9 updates: neither a multiple of the periods nor inside one epoch.
TEST_P(ResumeTest, PartsEqualTheWholeToTheBit) {
  for (const auto& [name, stops] : {std::pair<std::string, std::vector<Index>>{"whole", {16}},
                                    std::pair<std::string, std::vector<Index>>{"parts", {7, 16}}}) {
    for (const Index stop : stops) {
      TrainingSetup setup = MakeSetup(name);
      GetParam().change(setup);
      setup.should_stop = StopAt(stop);
      const TrainingResult result = Train(setup);
      EXPECT_EQ(result.outcome, TrainingOutcome::kInterrupted);
      EXPECT_EQ(result.updates, stop);
    }
  }
  ExpectSame("whole", "parts", 16);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResumeTest,
    ::testing::Values(ResumeCase{"Defaults", [](TrainingSetup&) {}},
                      ResumeCase{"GuidedAlignmentWithTwoWorkers",
                                 [](TrainingSetup& setup) {
                                   setup.training.guided_alignment.links =
                                       ToyCorpus::Get().Path("train.links");
                                   setup.training.workers = 2;
                                 }},
                      ResumeCase{"ConstantWithAverage",
                                 [](TrainingSetup& setup) {
                                   setup.training.schedule = ScheduleType::kConstant;
                                   setup.training.ema_decay = 0.8f;
                                   setup.training.weight_decay = 0.01f;
                                 }},
                      ResumeCase{"CosineOverEpochsWithTwoWorkers",
                                 [](TrainingSetup& setup) {
                                   setup.training.schedule = ScheduleType::kCosine;
                                   setup.training.max_epochs = 3;
                                   setup.training.workers = 2;
                                 }},
                      ResumeCase{"PlateauWithAccumulationAndTokens",
                                 [](TrainingSetup& setup) {
                                   setup.training.schedule = ScheduleType::kPlateau;
                                   setup.training.plateau_patience = 1;
                                   setup.training.learning_rate = 0.3;
                                   setup.training.batch_sentences = 0;
                                   setup.training.batch_tokens = 60;
                                   setup.training.accumulate = 2;
                                   setup.validation.every = Updates(2);
                                 }},
                      ResumeCase{"BleuOfAveragesWithTwoWorkersAndAccumulation",
                                 [](TrainingSetup& setup) {
                                   setup.training.workers = 2;
                                   setup.training.accumulate = 3;
                                   setup.training.ema_decay = 0.5f;
                                   setup.training.average_best = 2;
                                   setup.validation.metrics = {ValidationMetric::kBleu};
                                   setup.validation.beam_size = 2;
                                 }}),
    [](const auto& test) { return test.param.name; });

TEST_F(TrainerTest, LearnsTheToyLanguage) {
  TrainingSetup setup = MakeSetup();
  setup.model = ToyModel();
  setup.model.dropout = {};
  setup.model.embedding_size = setup.model.readout.size = 16;
  setup.model.encoder.hidden_size = setup.model.decoder.hidden_size = 24;
  setup.data.sampling_alpha = 0.0f;
  setup.training.learning_rate = 0.02;
  setup.training.schedule = ScheduleType::kCosine;
  setup.training.max_updates = 250;
  setup.training.save_every = Updates(250);
  setup.validation.every = Updates(125);
  setup.validation.metrics = {ValidationMetric::kBleu, ValidationMetric::kCrossEntropy};
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.outcome, TrainingOutcome::kFinished);
  EXPECT_EQ(result.updates, 250);
  EXPECT_GT(result.best_score, 50.0) << "BLEU";
  const std::vector<Json> records = Records("display");
  ASSERT_FALSE(records.empty());
  EXPECT_LT(records.back()["cost"].get<double>(), 0.5 * records.front()["cost"].get<double>());
  EXPECT_EQ(LoadModel(result.model_path, Precision::kFloat32).metadata.updates, result.best_update);
}

TEST_F(TrainerTest, AFinishedRunSaysSoAndHigherLimitsContinueIt) {
  TrainingSetup setup = MakeSetup();
  setup.training.max_updates = 6;
  EXPECT_FALSE(Train(setup).nothing_to_do);
  const std::string records = directory_.Read("model/train.jsonl");
  const TrainingResult again = Train(setup);
  EXPECT_TRUE(again.nothing_to_do);
  EXPECT_EQ(again.outcome, TrainingOutcome::kFinished);
  EXPECT_EQ(again.updates, 6);
  EXPECT_EQ(directory_.Read("model/train.jsonl"), records);
  setup.training.max_updates = 8;
  const TrainingResult more = Train(setup);
  EXPECT_FALSE(more.nothing_to_do);
  EXPECT_EQ(more.updates, 8);
}

TEST_F(TrainerTest, LimitsEndTraining) {
  TrainingSetup setup = MakeSetup("epochs");
  setup.training.max_epochs = 2;
  const TrainingResult epochs = Train(setup);
  EXPECT_EQ(epochs.epoch, 2);
  EXPECT_EQ(epochs.updates, 20) << "150 pairs in batches of 16, twice";
  setup = MakeSetup("seconds");
  setup.training.max_seconds = 1e-3;
  EXPECT_EQ(Train(setup).updates, 1);
}

TEST_F(TrainerTest, AnUpdateDoesNotReachIntoTheNextEpoch) {
  TrainingSetup setup = MakeSetup();
  setup.training.accumulate = 4;
  setup.training.max_epochs = 2;
  EXPECT_EQ(Train(setup).updates, 6) << "10 batches in 3 updates, twice";
}

TEST_F(TrainerTest, WithoutValidationTheLastWeightsAreTheModel) {
  TrainingSetup setup = MakeSetup();
  setup.data.valid_source = setup.data.valid_target = "";
  setup.training.max_updates = 7;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.best_update, 0);
  EXPECT_EQ(directory_.Read("model/model.safetensors"), File("model", 7, "model.safetensors"));
}

TEST_F(TrainerTest, TheMovingAverageIsTheModel) {
  TrainingSetup setup = MakeSetup();
  setup.data.valid_source = setup.data.valid_target = "";
  setup.training.max_updates = 4;
  setup.training.ema_decay = 0.9f;
  const TrainingResult result = Train(setup);
  const SafetensorsFile model(result.model_path);
  const SafetensorsFile optimizer(Store().PathOf(4) + "/optimizer.safetensors");
  const ConstView average = optimizer.Get("average.output.bias");
  const ConstView written = model.Get("output.bias");
  for (Index i = 0; i < written.size(); ++i) EXPECT_EQ(written[i], average[i]);
}

TEST_F(TrainerTest, NoNewBestEndsTrainingWhenPatienceIsOver) {
  TrainingSetup setup = MakeSetup();
  setup.training.learning_rate = 1e-30;  // nothing moves
  setup.training.early_stopping = 2;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.outcome, TrainingOutcome::kEarlyStopped);
  EXPECT_EQ(result.best_update, 4);
  EXPECT_EQ(result.updates, 12);
  EXPECT_TRUE(Train(setup).nothing_to_do);
}

TEST_F(TrainerTest, ThePlateauHalvesTheLearningRate) {
  TrainingSetup setup = MakeSetup();
  setup.training.learning_rate = 1e-30;
  setup.training.warmup_updates = 0;
  setup.training.schedule = ScheduleType::kPlateau;
  setup.training.plateau_patience = 1;
  setup.training.max_updates = 13;
  setup.logging.display_every = Updates(4);
  Train(setup);
  std::vector<double> rates;
  for (const Json& record : Records("display")) rates.push_back(record["learning_rate"]);
  EXPECT_THAT(rates, ElementsAre(1e-30, 1e-30, 0.5e-30, 0.25e-30));
}

TEST_F(TrainerTest, TheAverageOfTheBestIsTriedAtTheEnd) {
  TrainingSetup setup = MakeSetup();
  setup.training.average_best = 3;
  setup.training.max_updates = 16;
  const TrainingResult result = Train(setup);
  const std::vector<Json> averages = Records("average");
  ASSERT_EQ(averages.size(), 1u);
  EXPECT_EQ(averages[0]["models"], 3);
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(directory_.Path("model/checkpoints/best"))) {
    paths.push_back(entry.path());
  }
  ASSERT_EQ(paths.size(), 3u);
  if (averages[0]["best"]) {
    AverageModels(paths, directory_.Path("average"));
    const SafetensorsFile expected(directory_.Path("average"));
    const SafetensorsFile got(result.model_path);
    const ConstView a = expected.Get("output.bias");
    for (Index i = 0; i < a.size(); ++i) EXPECT_FLOAT_EQ(got.Get("output.bias")[i], a[i]);
  }
}

TEST_F(TrainerTest, AStopDuringValidationLosesNoValidation) {
  TrainingSetup setup = MakeSetup();
  int asked = 0;
  setup.should_stop = [&](Index update) { return update == 4 && ++asked >= 1; };
  EXPECT_EQ(Train(setup).outcome, TrainingOutcome::kInterrupted);
  EXPECT_TRUE(Records("validation").empty());
  setup.should_stop = StopAt(5);
  Train(setup);
  ASSERT_EQ(Records("validation").size(), 1u);
  EXPECT_EQ(Records("validation")[0]["update"], 4);
}

TEST_F(TrainerTest, ADamagedNewestCheckpointIsPassedOver) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(7);
  Train(setup);
  EXPECT_THAT(Store().List(), ElementsAre(7, 5));
  fs::resize_file(Store().PathOf(7) + "/optimizer.safetensors", 1000);
  setup.should_stop = StopAt(9);
  EXPECT_EQ(Train(setup).updates, 9);
  EXPECT_THAT(directory_.Read("model/train.log"),
              AllOf(HasSubstr("update-00000007/optimizer.safetensors"),
                    HasSubstr("the checkpoint before it is used"),
                    HasSubstr("Resumed from " + Store().PathOf(5))));
  TrainingSetup whole = MakeSetup("whole");
  whole.should_stop = StopAt(9);
  Train(whole);
  ExpectSame("model", "whole", 9);
}

TEST_F(TrainerTest, WithoutAUsableCheckpointTrainingIsRefusedUnlessFresh) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  Train(setup);
  for (const Index update : Store().List()) fs::remove(Store().PathOf(update) + "/state.json");
  EXPECT_THAT([&] { Train(setup); }, ThrowsMessage<CheckpointError>(HasSubstr("--fresh")));
  setup.fresh = true;
  EXPECT_EQ(Train(setup).updates, 2);
}

TEST_F(TrainerTest, AChangedSettingIsRefusedByNameAndHarmlessOnesAreTaken) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  Train(setup);
  TrainingSetup changed = setup;
  changed.training.batch_sentences = 17;
  EXPECT_THAT([&] { Train(changed); },
              ThrowsMessage<ConfigError>(AllOf(HasSubstr("training.batch_sentences"),
                                               HasSubstr("expected 16"), HasSubstr("got 17"))));
  changed = setup;
  changed.model.dropout.state = 0.3f;
  EXPECT_THAT([&] { Train(changed); },
              ThrowsMessage<ConfigError>(HasSubstr("model.dropout.state")));
  changed = setup;
  changed.training.workers = 2;
  changed.training.early_stopping = 9;
  changed.logging.display_every = Updates(1);
  changed.should_stop = StopAt(3);
  EXPECT_EQ(Train(changed).updates, 3);
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("training.workers was 1 and is now 2"));
}

TEST_F(TrainerTest, TheLogTellsTheCostOfGuidedAlignmentAndTheLinksStayTheSame) {
  TrainingSetup setup = MakeSetup();
  setup.training.guided_alignment.links = ToyCorpus::Get().Path("train.links");
  setup.should_stop = StopAt(90);
  Train(setup);
  const std::vector<Json> records = Records("display", "model");
  EXPECT_GT(records.front().at("alignment_cost").get<double>(), 1.0);
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr(" : Align "));
  for (const char* name : {"valid.source", ""}) {
    TrainingSetup changed = setup;
    changed.training.guided_alignment.links = *name == 0 ? "" : ToyCorpus::Get().Path(name);
    EXPECT_THAT([&] { Train(changed); },
                ThrowsMessage<ConfigError>(HasSubstr("training.guided_alignment.links")));
  }
}

TEST_F(TrainerTest, DivergenceRollsBackHalvesTheRateAndEndsNamingTheLines) {
  TrainingSetup setup = MakeSetup();
  setup.training.learning_rate = 1e38;
  setup.training.warmup_updates = 0;
  setup.training.clip_norm = 0.0f;
  setup.training.max_skipped = 3;
  setup.training.max_rollbacks = 2;
  setup.training.save_every = Updates(0);
  setup.validation.every = Updates(1000);
  EXPECT_THAT([&] { Train(setup); },
              ThrowsMessage<NumericError>(AllOf(HasSubstr("update "), HasSubstr("corpus lines"),
                                                HasSubstr(directory_.Path("model/diverged.txt")))));
  const std::vector<Json> rollbacks = Records("rollback");
  ASSERT_EQ(rollbacks.size(), 2u);
  EXPECT_EQ(rollbacks[0]["update"], 0);
  EXPECT_EQ(rollbacks[0]["rate_scale"], 0.5);
  EXPECT_EQ(rollbacks[1]["rate_scale"], 0.25);
  EXPECT_EQ(Records("skip").size(), 9u);
  std::istringstream report(directory_.Read("model/diverged.txt"));
  Index lines = -1;  // the first one is a heading
  for (std::string line; std::getline(report, line);) ++lines;
  EXPECT_EQ(lines, 3 * 16);
}

TEST_F(TrainerTest, AFailedSaveIsToldAndTrainingGoesOn) {
  TrainingSetup setup = MakeSetup();
  setup.validation.every = Updates(1000);
  const fs::path checkpoints = directory_.Path("model/checkpoints");
  const fs::path aside = directory_.Path("aside");
  bool broken = false;
  setup.should_stop = [&](Index update) {
    if (update == 3 && !std::exchange(broken, true)) {
      fs::rename(checkpoints, aside);
      directory_.Write("model/checkpoints", "a file where the directory was");
    }
    if (update == 8 && fs::exists(aside)) {
      fs::remove(checkpoints);
      fs::rename(aside, checkpoints);
    }
    return update >= 12;
  };
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.failed_saves, 1);
  EXPECT_EQ(result.updates, 12);
  EXPECT_THAT(Store().List(), ElementsAre(12, 10));
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("training goes on"));
  std::vector<Index> saved;
  for (const Json& record : Records("save")) saved.push_back(record["update"]);
  EXPECT_THAT(saved, ElementsAre(0, 10, 12));
}

TEST_F(TrainerTest, AMissingCorpusLeavesNoCheckpointBehind) {
  TrainingSetup setup = MakeSetup();
  setup.data.train_source = directory_.Path("nothing");
  EXPECT_THROW(Train(setup), DataError);
  EXPECT_TRUE(Store().List().empty());
  setup = MakeSetup();
  setup.should_stop = StopAt(1);
  EXPECT_EQ(Train(setup).updates, 1);
}

}  // namespace
}  // namespace talmach
