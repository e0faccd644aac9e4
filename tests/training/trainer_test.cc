#include "training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "support/scoped_file_size_limit.h"
#include "training/checkpoint.h"
#include "training/model_average.h"
#include "training/resume_settings.h"
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

// Stops a run after an update, as a signal would.
std::function<bool(Index)> StopAt(Index last) {
  return [last](Index update) { return update >= last; };
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class TrainerTest : public ::testing::Test {
 protected:
  TrainingSetup MakeSetup(const std::string& name = "model") const {
    return ToySetup(directory_.Path(name));
  }

  CheckpointStore Store(const std::string& name = "model") const {
    return CheckpointStore(directory_.Path(name), 2);
  }

  // The records of train.jsonl, without what a clock or the name of the directory decides.
  std::vector<Json> AllRecords(const std::string& name = "model") const {
    std::vector<Json> records;
    std::istringstream lines(directory_.Read(name + "/train.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      Json record = Json::parse(line);
      for (const char* key : {"seconds", "elapsed_seconds", "words_per_second", "path"}) {
        record.erase(key);
      }
      records.push_back(record);
    }
    return records;
  }

  // Those of one kind.
  std::vector<Json> Records(const std::string& event, const std::string& name = "model") const {
    std::vector<Json> records = AllRecords(name);
    std::erase_if(records, [&](const Json& record) { return record["event"] != event; });
    return records;
  }

  std::string File(const std::string& name, Index update, const std::string& file) const {
    return directory_.Read(fs::relative(Store(name).PathOf(update), directory_.Path("")).string() +
                           "/" + file);
  }

  // Two directories hold the same training at the same update, to the bit.
  void ExpectSame(const std::string& one, const std::string& two, Index update) const {
    EXPECT_EQ(File(one, update, "model.safetensors"), File(two, update, "model.safetensors"));
    EXPECT_EQ(File(one, update, "optimizer.safetensors"),
              File(two, update, "optimizer.safetensors"));
    EXPECT_EQ(StateWithoutClock(one, update), StateWithoutClock(two, update));
    EXPECT_EQ(AllRecords(one), AllRecords(two));
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

// The first epoch ends with update 10, or 4 where three batches make an update.
const std::vector<Index> kSomeStops = {1, 5, 10, 11};

// Trains in `whole` to update 16 at once, in `parts` with stops after some updates, except where a
// validation is due, which the stop would put off.
void TrainWholeAndInParts(TrainingSetup whole, TrainingSetup parts,
                          const std::vector<Index>& stops = kSomeStops) {
  whole.training.save_every = parts.training.save_every = Updates(1);  // for equal records
  for (const Index stop : stops) {
    if (stop % parts.validation.every.count == 0) continue;
    parts.should_stop = StopAt(stop);
    EXPECT_EQ(Train(parts).updates, stop);
  }
  parts.should_stop = StopAt(16);
  EXPECT_EQ(Train(parts).updates, 16);
  whole.should_stop = StopAt(16);
  EXPECT_EQ(Train(whole).outcome, TrainingOutcome::kInterrupted);
}

// Not on stderr alone, and once, wherever the run was stopped.
TEST_F(TrainerTest, PairsLeftOutAreRecorded) {
  TrainingSetup whole = MakeSetup("whole");
  TrainingSetup parts = MakeSetup("parts");
  whole.data.max_length = parts.data.max_length = 4;
  TrainWholeAndInParts(whole, parts);
  ExpectSame("whole", "parts", 16);
  const std::vector<Json> records = Records("left_out", "whole");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_GT(records[0]["too_long"], 0);
  EXPECT_GT(records[0]["pairs"], records[0]["too_long"]);
  EXPECT_EQ(records[0]["max_length"], 4);
  EXPECT_THAT(directory_.Read("whole/train.log"), HasSubstr("longer than 4 tokens"));
}

using ResumeCase = std::tuple<ScheduleType, Index, float, int>;

// Every schedule, accumulation, sampling, one and two workers.
class ResumeTest : public TrainerTest, public ::testing::WithParamInterface<ResumeCase> {
 protected:
  TrainingSetup MakeCase(const std::string& name) const {
    TrainingSetup setup = MakeSetup(name);
    std::tie(setup.training.schedule, setup.training.accumulate, setup.data.sampling_alpha,
             setup.training.workers) = GetParam();
    if (setup.training.schedule == ScheduleType::kPlateau) {
      setup.training.plateau_patience = 1;
      setup.training.learning_rate = 0.3;
    }
    if (setup.training.schedule == ScheduleType::kCosine) setup.training.max_epochs = 10;
    return setup;
  }
};

TEST_P(ResumeTest, PartsEqualTheWholeToTheBit) {
  TrainWholeAndInParts(MakeCase("whole"), MakeCase("parts"));
  ExpectSame("whole", "parts", 16);
}

std::string NameOf(const ::testing::TestParamInfo<ResumeCase>& test) {
  const auto& [schedule, accumulate, alpha, workers] = test.param;
  return ToString(schedule) + "_accumulate" + std::to_string(accumulate) +
         (alpha > 0 ? "_sampling" : "_best") + "_workers" + std::to_string(workers);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResumeTest,
    ::testing::Combine(::testing::Values(ScheduleType::kConstant, ScheduleType::kInverseSqrt,
                                         ScheduleType::kCosine, ScheduleType::kPlateau),
                       ::testing::Values(1, 3), ::testing::Values(0.0f, 0.3f),
                       ::testing::Values(1, 2)),
    NameOf);

TEST_F(TrainerTest, PartsWithAveragesAndWeightDecayEqualTheWhole) {
  const auto make = [&](const std::string& name) {
    TrainingSetup setup = MakeSetup(name);
    setup.training.ema_decay = 0.8f;
    setup.training.weight_decay = 0.01f;
    setup.training.average_best = 2;
    return setup;
  };
  TrainWholeAndInParts(make("whole"), make("parts"),
                       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  ExpectSame("whole", "parts", 16);
}

TEST_F(TrainerTest, PartsWithBatchesOfTokensEqualTheWhole) {
  const auto make = [&](const std::string& name) {
    TrainingSetup setup = MakeSetup(name);
    setup.training.batch_sentences = 0;
    setup.training.batch_tokens = 60;
    setup.validation.every = Updates(2);
    return setup;
  };
  TrainWholeAndInParts(make("whole"), make("parts"));
  ExpectSame("whole", "parts", 16);
}

TEST_F(TrainerTest, PartsWithBleuDecidingEqualTheWhole) {
  const auto make = [&](const std::string& name) {
    TrainingSetup setup = MakeSetup(name);
    setup.training.workers = 2;
    setup.training.ema_decay = 0.5f;
    setup.validation.metrics = {ValidationMetric::kBleu};
    setup.validation.beam_size = 2;
    return setup;
  };
  TrainWholeAndInParts(make("whole"), make("parts"));
  ExpectSame("whole", "parts", 16);
}

TEST_F(TrainerTest, PartsWithGuidedAttentionEqualTheWhole) {
  const auto make = [&](const std::string& name) {
    TrainingSetup setup = MakeSetup(name);
    setup.training.guided_alignment.links = ToyCorpus::Get().Path("train.links");
    setup.training.workers = 2;
    return setup;
  };
  TrainWholeAndInParts(make("whole"), make("parts"));
  ExpectSame("whole", "parts", 16);
}

// The toy corpus, and its valid text as a TSV with a tag, drawn more often than its size.
void AddSecondCorpus(const std::string& tsv, TrainingSetup* setup) {
  setup->data.train.front().name = "first";
  setup->data.train.push_back({.tsv = tsv, .name = "second"});
  setup->data.mixing = {.type = CorpusMixing::kWeights, .temperature = 2.0};
}

std::string ValidAsTable() {
  std::istringstream source(ReadAll(ToyCorpus::Get().Path("valid.source")));
  std::istringstream target(ReadAll(ToyCorpus::Get().Path("valid.target")));
  std::string table;
  for (std::string s, t; std::getline(source, s) && std::getline(target, t);) {
    table += s + "\t" + t + "\n";
  }
  return table;
}

TEST_F(TrainerTest, PartsWithSeveralCorporaEqualTheWholeAndTellTheCostOfEach) {
  const std::string tsv = directory_.Write("tsv", ValidAsTable());
  TrainingSetup whole = MakeSetup("whole");
  TrainingSetup parts = MakeSetup("parts");
  for (TrainingSetup* setup : {&whole, &parts}) {
    AddSecondCorpus(tsv, setup);
    setup->training.accumulate = 2;
    setup->training.workers = 2;
  }
  TrainWholeAndInParts(whole, parts);
  ExpectSame("whole", "parts", 16);
  for (const Json& record : Records("display", "whole")) {
    const Json& first = record.at("corpora").at("first");
    const Json& second = record.at("corpora").at("second");
    const double tokens = first["target_tokens"].get<double>();
    const double others = second["target_tokens"].get<double>();
    EXPECT_GT(others, 0.1 * tokens);
    EXPECT_NEAR(record["cost"].get<double>(),
                (first["cost"].get<double>() * tokens + second["cost"].get<double>() * others) /
                    (tokens + others),
                1e-9);
  }
  EXPECT_THAT(directory_.Read("whole/train.log"), HasSubstr(", second "));
}

TEST_F(TrainerTest, AChangedListOfCorporaIsRefusedAndAMovedOneReported) {
  const std::string tsv = directory_.Write("tsv", ValidAsTable());
  TrainingSetup setup = MakeSetup();
  AddSecondCorpus(tsv, &setup);
  setup.should_stop = StopAt(2);
  Train(setup);
  const auto expect_refused = [&](auto change, const std::string& name) {
    TrainingSetup changed = setup;
    change(&changed.data);
    EXPECT_THAT([&] { Train(changed); },
                ThrowsMessage<ConfigError>(AllOf(HasSubstr(name), HasSubstr("cannot change"))));
  };
  using Data = TrainingDataOptions;
  expect_refused([](Data* data) { data->train.pop_back(); }, "data.train (corpora)");
  expect_refused([](Data* data) { std::swap(data->train[0], data->train[1]); }, "data.train[1]");
  expect_refused([](Data* data) { data->train[1].columns = {2, 1}; }, "data.train[2].columns");
  expect_refused([](Data* data) { data->mixing.temperature = 3; }, "data.mixing_temperature");
  expect_refused([](Data* data) { data->mixing.type = CorpusMixing::kAll; }, "data.mixing");
  expect_refused(
      [](Data* data) {
        for (CorpusOptions& corpus : data->train) corpus.weight = 1;
      },
      "data.train[1].weight");
  directory_.Write("tsv", ValidAsTable() + "ba\tke\n");
  expect_refused([](Data*) {}, "data.train[2].source (text)");
  directory_.Write("tsv", ValidAsTable());
  TrainingSetup moved = setup;
  moved.data.train[1].tsv = directory_.Write("moved", ValidAsTable());
  moved.data.train[1].name = "renamed";
  moved.should_stop = StopAt(3);
  EXPECT_EQ(Train(moved).updates, 3);
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("data.train[2].tsv was "));
}

// Of a run of earlier versions, too, whose checkpoints know of no tags and no lists.
TEST_F(TrainerTest, ARunOnOneCorpusTakesNoTagAndNoOtherCorpusLater) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  Train(setup);
  CheckpointRecord record = Store().ReadRecord(2);
  for (const char* key : {"data.train (corpora)", "data.train.tag"}) {
    ASSERT_TRUE(record.settings.contains(key));
    record.settings.erase(key);
  }
  TrainingSetup tagged = setup;
  tagged.data.train.front().tag = setup.source_tokenizer->PieceOf(5);
  EXPECT_THAT([&] { CompareSettings(record.settings, SettingsOf(tagged), ""); },
              ThrowsMessage<ConfigError>(HasSubstr("data.train.tag: cannot change")));
  TrainingSetup longer = setup;
  AddSecondCorpus(directory_.Write("tsv", ValidAsTable()), &longer);
  EXPECT_THAT([&] { CompareSettings(record.settings, SettingsOf(longer), ""); },
              ThrowsMessage<ConfigError>(HasSubstr("data.train (corpora): cannot change")));
  EXPECT_NO_THROW(CompareSettings(record.settings, SettingsOf(setup), ""));
}

TEST_F(TrainerTest, ATagThatIsNoPieceIsRefusedBeforeAnythingStarts) {
  TrainingSetup setup = MakeSetup();
  AddSecondCorpus(directory_.Write("tsv", ValidAsTable()), &setup);
  setup.data.train[1].tag = "<bt>";
  EXPECT_THAT([&] { Train(setup); },
              ThrowsMessage<ConfigError>(
                  AllOf(HasSubstr("data.train[2].tag: '<bt>' is no piece"), HasSubstr("symbols"))));
  EXPECT_FALSE(fs::exists(directory_.Path("model")));
}

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
  setup.training.learning_rate = 0.4;  // the weights swing, so that their mean is better
  const TrainingResult result = Train(setup);
  const std::vector<Json> averages = Records("average");
  ASSERT_EQ(averages.size(), 1u);
  EXPECT_EQ(averages[0]["models"], 3);
  ASSERT_EQ(averages[0]["best"], true) << "choose another rate: the average is to be the better";
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(directory_.Path("model/checkpoints/best"))) {
    paths.push_back(entry.path());
  }
  ASSERT_EQ(paths.size(), 3u);
  AverageModels(paths, directory_.Path("average"));
  const SafetensorsFile expected(directory_.Path("average"));
  const SafetensorsFile got(result.model_path);
  const ConstView a = expected.Get("output.bias");
  ASSERT_GT(a.size(), 0);
  for (Index i = 0; i < a.size(); ++i) EXPECT_FLOAT_EQ(got.Get("output.bias")[i], a[i]);
}

TEST_F(TrainerTest, AStopDuringValidationLosesNoValidation) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = [](Index update) { return update == 4; };
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

TEST_F(TrainerTest, ASaveIsRecordedOnlyOnceItIsThere) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(5);
  Train(setup);
  const std::vector<Json> records = AllRecords();
  EXPECT_EQ(records.back()["event"], "save");
  // A kill between the checkpoint and its record: the next run writes what is missing.
  const fs::path path = directory_.Path("model/train.jsonl");
  fs::resize_file(path, static_cast<std::uintmax_t>(Store().ReadRecord(5).state.log_bytes));
  EXPECT_EQ(AllRecords().size(), records.size() - 1);
  Train(setup);
  EXPECT_EQ(AllRecords(), records);
}

TEST_F(TrainerTest, OneTrainingInADirectoryAtATime) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  const auto lock = LockForTraining(setup.directory);
  EXPECT_THAT([&] { Train(setup); },
              ThrowsMessage<Error>(AllOf(HasSubstr(directory_.Path("model/train.lock")),
                                         HasSubstr("another training"))));
  EXPECT_FALSE(fs::exists(directory_.Path("model/checkpoints")));
  setup.lock = lock;
  EXPECT_EQ(Train(setup).updates, 2);
}

TEST_F(TrainerTest, OutOfTimeTrainingSavesAndGoesOnAsIfItHadNotStopped) {
  TrainingSetup setup = MakeSetup();
  setup.training.max_seconds = 1e-6;
  for (const Index update : {1, 2, 3, 4, 5, 6, 7}) {
    const TrainingResult result = Train(setup);
    EXPECT_EQ(result.outcome, TrainingOutcome::kOutOfTime);
    EXPECT_EQ(result.updates, update);
    EXPECT_FALSE(result.nothing_to_do);
    EXPECT_TRUE(fs::exists(result.model_path));
  }
  // The seventh weights were validated for the model, which the state must not remember.
  EXPECT_EQ(Records("validation").back()["update"], 7);
  EXPECT_EQ(Store().ReadRecord(7).state.validated_update, 4);
  TrainingSetup whole = MakeSetup("whole");
  whole.should_stop = StopAt(7);
  Train(whole);
  EXPECT_EQ(File("model", 7, "optimizer.safetensors"), File("whole", 7, "optimizer.safetensors"));
  EXPECT_EQ(StateWithoutClock("model", 7), StateWithoutClock("whole", 7));
}

TEST_F(TrainerTest, UnderCosineTheTimeIsThatOfTheWholeRun) {
  TrainingSetup setup = MakeSetup();
  setup.training.schedule = ScheduleType::kCosine;
  setup.training.max_seconds = 1e-6;
  EXPECT_EQ(Train(setup).outcome, TrainingOutcome::kFinished);
  EXPECT_TRUE(Train(setup).nothing_to_do);
}

TEST_F(TrainerTest, WithoutAUsableCheckpointTrainingIsRefusedUnlessFresh) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  Train(setup);
  for (const Index update : Store().List()) fs::remove(Store().PathOf(update) + "/state.json");
  EXPECT_THAT([&] { Train(setup); }, ThrowsMessage<CheckpointError>(HasSubstr("--fresh")));
  setup.start = std::make_shared<RunStart>(ModelDirectory(setup.directory));
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
  EXPECT_THAT(
      [&] { Train(changed); },
      ThrowsMessage<ConfigError>(AllOf(HasSubstr("model.dropout.state"), HasSubstr("got 0.3;"))));
  changed = setup;
  changed.training.workers = 2;
  changed.training.early_stopping = 9;
  changed.logging.display_every = Updates(1);
  changed.should_stop = StopAt(3);
  EXPECT_EQ(Train(changed).updates, 3);
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("training.workers was 1 and is now 2"));
  changed = setup;
  changed.data.valid_source = setup.data.train.front().source;
  changed.data.valid_target = setup.data.train.front().target;
  Train(changed);
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("data.valid.source was "));
}

TEST_F(TrainerTest, AnotherTextIsRefusedWhereverItLies) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(2);
  Train(setup);
  const std::string source = directory_.Write("source", ReadAll(setup.data.train.front().source));
  const std::string target = directory_.Write("target", ReadAll(setup.data.train.front().target));
  setup.data.train.front().source = source;
  setup.data.train.front().target = target;
  setup.should_stop = StopAt(3);
  EXPECT_EQ(Train(setup).updates, 3) << "the same text in another place";
  EXPECT_THAT(directory_.Read("model/train.log"),
              AllOf(HasSubstr("data.train.source was "), HasSubstr("data.train.target was ")));
  setup.should_stop = StopAt(4);
  const auto expect_refused = [&](const std::string& what) {
    EXPECT_THAT([&] { Train(setup); }, ThrowsMessage<ConfigError>(AllOf(
                                           HasSubstr("data.train." + what + " (text)"),
                                           HasSubstr("cannot change"), HasSubstr("--fresh"))));
  };
  std::string changed = ReadAll(source);
  std::swap(changed[0], changed[1]);
  directory_.Write("source", changed);
  expect_refused("source");
  std::swap(changed[0], changed[1]);
  directory_.Write("source", changed);
  changed = ReadAll(ToyCorpus::Get().Path("train.target"));
  directory_.Write("target", changed + "ke\n");
  directory_.Write("source", ReadAll(source) + "ba\n");
  expect_refused("source");
  directory_.Write("source", ReadAll(ToyCorpus::Get().Path("train.source")));
  changed.back() = ' ';
  directory_.Write("target", changed + "ke\n");
  expect_refused("target");
  directory_.Write("target", ReadAll(ToyCorpus::Get().Path("train.target")));
  EXPECT_EQ(Train(setup).updates, 4);
}

TEST_F(TrainerTest, ARunThatEndsAsSoonAsItIsResumedKnowsItsLearningRate) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(5);  // two updates after the last display
  Train(setup);
  setup.should_stop = {};
  setup.training.max_updates = 5;
  Train(setup);
  const std::vector<Json> records = Records("display");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1]["update"], 5);
  EXPECT_GT(records[1]["learning_rate"].get<double>(), 1e-3);
}

TEST_F(TrainerTest, RecordsThatCannotBeWrittenAreCounted) {
  TrainingSetup setup = MakeSetup();
  std::optional<ScopedFileSizeLimit> full_disk;
  setup.should_stop = [&](Index update) {
    full_disk.reset();
    if (update == 2) full_disk.emplace(8);  // the third update is one with a record
    return update >= 5;
  };
  EXPECT_EQ(Train(setup).lost_records, 1);
  EXPECT_TRUE(Records("display").empty());
}

TEST_F(TrainerTest, TheLogShowsTheCostOfGuidedAlignmentAndTheLinksStayTheSame) {
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

// The weights after the first update are finite, and useless: from there all updates fail. Sums of
// products of two weights are finite too, so that the model can still be validated.
constexpr double kUselessRate = 1e15;
// The weights after the first update are not finite, however often the rate is halved.
constexpr double kRuinousRate = 3e38;

void SetHugeRate(double rate, TrainingSetup* setup) {
  setup->training.learning_rate = rate;
  setup->training.warmup_updates = 0;
  setup->training.clip_norm = 0.0f;
  setup->training.max_skipped = 3;
  setup->training.max_rollbacks = 2;
  setup->training.save_every = Updates(0);
  setup->validation.every = Updates(1000);
}

TEST_F(TrainerTest, RuinedWeightsAreNeverSaved) {
  for (const Index max_updates : {1, 50}) {  // ruined by the last update, and long before
    TrainingSetup setup = MakeSetup(std::to_string(max_updates));
    SetHugeRate(kRuinousRate, &setup);
    setup.data.valid_source = setup.data.valid_target = "";
    setup.training.save_every = Updates(1);
    setup.training.max_updates = max_updates;
    EXPECT_THAT([&] { Train(setup); },
                ThrowsMessage<NumericError>(
                    AllOf(HasSubstr("update 1:"), HasSubstr(" 1 update(s) in a row"),
                          HasSubstr("weights that are not finite"), HasSubstr("corpus lines"))));
    const std::string name = std::to_string(max_updates);
    EXPECT_THAT(Store(name).List(), ElementsAre(0));
    EXPECT_FALSE(fs::exists(directory_.Path(name + "/model.safetensors")));
    EXPECT_EQ(Records("rollback", name).size(), 2u);
    EXPECT_EQ(Records("skip", name).size(), 3u) << "ruined weights are not tried again";
  }
}

TEST_F(TrainerTest, ACheckpointFromWhichAllUpdatesFailIsPassedOver) {
  TrainingSetup setup = MakeSetup();
  SetHugeRate(kUselessRate, &setup);
  setup.training.save_every = Updates(1);
  EXPECT_THROW(Train(setup), NumericError);
  const std::vector<Json> rollbacks = Records("rollback");
  ASSERT_EQ(rollbacks.size(), 2u);
  for (const Json& rollback : rollbacks) EXPECT_EQ(rollback["update"], 0);
  EXPECT_THAT(directory_.Read("model/train.log"),
              HasSubstr(Store().PathOf(1) + ": all updates after it fail; it is removed"));
  // When there is no other one, nothing is left to try, however often it may go back.
  fs::remove_all(Store().PathOf(0));
  setup.training.max_rollbacks = 9;
  EXPECT_THROW(Train(setup), NumericError);
  EXPECT_THAT(Store().List(), ElementsAre(1));
}

TEST_F(TrainerTest, ACheckpointThatIsPassedOverIsGoneAtOnce) {
  TrainingSetup setup = MakeSetup();
  SetHugeRate(kUselessRate, &setup);
  setup.training.save_every = Updates(1);
  setup.validation.every = Updates(1);
  setup.should_stop = [before = Index{0}](Index update) mutable {  // as soon as it has gone back
    return update < std::exchange(before, update);
  };
  EXPECT_EQ(Train(setup).outcome, TrainingOutcome::kInterrupted);
  EXPECT_THAT(Store().List(), ElementsAre(0));
  EXPECT_EQ(Records("skip").size(), 3u);
  EXPECT_EQ(Records("validation").size(), 1u) << "none while updates fail";
}

// Stopped among updates that fail, a run still finds the checkpoint the whole one goes back to.
TEST_F(TrainerTest, PartsWithRollbacksEqualTheWhole) {
  const auto make = [&](const std::string& name) {
    TrainingSetup setup = MakeSetup(name);
    SetHugeRate(kUselessRate, &setup);
    setup.training.save_every = Updates(1);
    setup.training.keep_last = 2;
    return setup;
  };
  TrainingSetup parts = make("parts");
  for (const Index stop : {1, 2, 3}) {
    parts.should_stop = StopAt(stop);
    EXPECT_EQ(Train(parts).outcome, TrainingOutcome::kInterrupted);
  }
  parts.should_stop = {};
  EXPECT_THROW(Train(parts), NumericError);
  EXPECT_THROW(Train(make("whole")), NumericError);
  EXPECT_EQ(Records("rollback", "whole").size(), 2u);
  EXPECT_EQ(Records("rollback", "whole"), Records("rollback", "parts"));
  EXPECT_EQ(Records("skip", "whole"), Records("skip", "parts"));
  EXPECT_THAT(Store("whole").List(), ElementsAre(1, 0));
  EXPECT_THAT(Store("parts").List(), ElementsAre(1, 0));
  for (const Index update : {1, 0}) {
    EXPECT_EQ(StateWithoutClock("whole", update), StateWithoutClock("parts", update));
    for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
      EXPECT_EQ(File("whole", update, file), File("parts", update, file));
    }
  }
}

TEST_F(TrainerTest, ARunIsNotDoneWhileItsUpdatesFail) {
  TrainingSetup setup = MakeSetup();
  SetHugeRate(kUselessRate, &setup);
  setup.data.valid_source = setup.data.valid_target = "";
  setup.training.max_updates = 3;  // the first is applied, the others fail
  setup.should_stop = StopAt(2);
  EXPECT_EQ(Train(setup).outcome, TrainingOutcome::kInterrupted);
  EXPECT_EQ(Store().ReadRecord(2).state.skipped_in_row, 1);
  EXPECT_FALSE(fs::exists(directory_.Path("model/model.safetensors")));
  setup.should_stop = {};
  TrainingSetup hopeless = setup;
  hopeless.training.max_updates = 2;
  hopeless.training.max_rollbacks = 0;
  EXPECT_THAT([&] { Train(hopeless); },
              ThrowsMessage<NumericError>(
                  AllOf(HasSubstr("update 2:"), HasSubstr("before it was resumed"))));
  EXPECT_THROW(Train(setup), NumericError);
  EXPECT_EQ(Records("rollback").size(), 2u);
  EXPECT_FALSE(fs::exists(directory_.Path("model/model.safetensors")));
}

TEST_F(TrainerTest, ACheckpointThatIsNotFiniteIsPassedOver) {
  TrainingSetup setup = MakeSetup();
  setup.should_stop = StopAt(5);
  Train(setup);
  // As an older version may have left it.
  Seq2SeqModel model(setup.model, {setup.source_tokenizer->size(), setup.target_tokenizer->size()},
                     Precision::kFloat32);
  Adam adam(model.parameters(), setup.training);
  const CheckpointRecord record = Store().ReadRecord(5);
  Store().ReadSlabs(5, model.parameters(), adam);
  model.parameters().slab()[0] = std::numeric_limits<float>::quiet_NaN();
  const ModelMetadata metadata =
      ReadModelMetadata(SafetensorsFile(Store().PathOf(5) + "/model.safetensors"));
  Store().Save(model.parameters(), adam, metadata, record.state, record.settings);
  setup.should_stop = StopAt(1);
  EXPECT_EQ(Train(setup).updates, 1) << "from the beginning";
  EXPECT_THAT(directory_.Read("model/train.log"), HasSubstr("not finite; the checkpoint before"));
}

TEST_F(TrainerTest, DivergenceRollsBackHalvesTheRateAndEndsNamingTheLines) {
  TrainingSetup setup = MakeSetup();
  SetHugeRate(kUselessRate, &setup);
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

TEST_F(TrainerTest, AFailedSaveIsReportedAndTrainingGoesOn) {
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
  setup.data.train.front().source = directory_.Path("nothing");
  EXPECT_THROW(Train(setup), DataError);
  EXPECT_TRUE(Store().List().empty());
  setup = MakeSetup();
  setup.should_stop = StopAt(1);
  EXPECT_EQ(Train(setup).updates, 1);
}

}  // namespace
}  // namespace talmach
