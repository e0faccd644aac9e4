#include "training/model_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "training/checkpoint.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class ModelSelectionTest : public ::testing::Test {
 protected:
  TrainingSetup MakeSetup(const std::string& name = "model") const {
    TrainingSetup setup = ToySetup(directory_.Path(name));
    setup.validation.beam_size = 1;
    setup.training.max_updates = 16;
    return setup;
  }

  // A script that gives these scores, one after the other, counting its calls in a file; "-" fails.
  std::string ScriptThatGives(const std::string& scores, const std::string& name = "calls") const {
    const std::string calls = directory_.Path(name);
    return "echo >> " + calls + "; n=$(wc -l < " + calls + "); score=$(echo '" + scores +
           "' | cut -d' ' -f$n); test $score != - || exit 9; echo $score; : ";
  }

  std::vector<Json> Validations(const std::string& name = "model") const {
    std::vector<Json> records;
    std::istringstream lines(directory_.Read(name + "/train.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      records.push_back(Json::parse(line));
      if (records.back()["event"] != "validation") records.pop_back();
    }
    return records;
  }

  Index UpdatesOfBest(const std::string& score) const {
    const ModelDirectory directory(directory_.Path("model"));
    const CheckpointDirectory best(directory.BestBy(score));
    return ReadModelMetadata(SafetensorsFile(best.Model())).updates;
  }

  TrainingState StateOf(const std::string& name, Index update) const {
    TrainingState state = CheckpointStore(directory_.Path(name), 2).ReadRecord(update).state;
    state.seconds = state.window.seconds = 0.0;
    state.log_bytes = 0;  // numbers of seconds differ in length
    return state;
  }

  TemporaryDirectory directory_;
};

TEST_F(ModelSelectionTest, EachMetricKeepsItsBestModel) {
  TrainingSetup setup = MakeSetup();
  setup.validation.metrics = {ValidationMetric::kPerplexity, ValidationMetric::kScript};
  setup.validation.script = ScriptThatGives("1 3 2 3");
  setup.validation.keep_best = true;
  EXPECT_EQ(Train(setup).best_update, 16);
  EXPECT_EQ(UpdatesOfBest("perplexity"), 16);
  EXPECT_EQ(UpdatesOfBest("script"), 8);
  EXPECT_EQ(directory_.Read("model/model.safetensors"),
            directory_.Read("model/checkpoints/best-perplexity/model.safetensors"));
  const BestScore best = StateOf("model", 16).other_bests.at("script");
  EXPECT_EQ(best.update, 8);
  EXPECT_EQ(best.score, 3.0);
  EXPECT_EQ(best.stale_validations, 2);
  EXPECT_EQ(Validations().back()["stale"], (Json{{"perplexity", 0}, {"script", 2}}));
}

TEST_F(ModelSelectionTest, ALowerScoreOfAScriptCanBeTheBetter) {
  TrainingSetup setup = MakeSetup();
  setup.validation.metrics = {ValidationMetric::kScript};
  setup.validation.script = ScriptThatGives("4 3 2 5");
  setup.validation.script_higher_is_better = false;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.best_update, 12);
  EXPECT_EQ(result.best_score, 2.0);
  EXPECT_FALSE(fs::exists(directory_.Path("model/checkpoints/best-script")));
}

TEST_F(ModelSelectionTest, RecordsHaveTheFieldsOfTheMetricsThatAreWanted) {
  TrainingSetup setup = MakeSetup();
  setup.training.max_updates = 4;
  const auto fields = [&] {
    Train(setup);
    std::vector<std::string> names;
    const Json record = Validations().at(0);
    for (const auto& [name, value] : record.items()) names.push_back(name);
    return names;
  };
  EXPECT_THAT(fields(),
              ElementsAre("best", "cross_entropy", "epoch", "event", "perplexity", "update"));
  fs::remove_all(directory_.Path("model"));
  setup.directory = directory_.Path("model");
  setup.validation.metrics = {ValidationMetric::kTer, ValidationMetric::kChrf,
                              ValidationMetric::kBleu};
  EXPECT_THAT(fields(), ElementsAre("best", "bleu", "chrf", "cross_entropy", "epoch", "event",
                                    "perplexity", "ter", "update"));
  EXPECT_THAT(directory_.Read("model/train.log"),
              AllOf(HasSubstr(" : ter "), HasSubstr(" : chrf "), HasSubstr(" : bleu ")));
}

TEST_F(ModelSelectionTest, EachSetHasItsRecordsAndItsBestModels) {
  TrainingSetup setup = MakeSetup();
  setup.validation.sets = {
      {.tsv = directory_.Write("few.tsv", "ba\tke\nbe bi\tko ki\n"), .name = "few"}};
  setup.validation.metrics = {ValidationMetric::kScript, ValidationMetric::kCrossEntropy};
  setup.validation.script = ScriptThatGives("9 1 5 2 7 3 6 2");  // the sets in turn
  setup.validation.keep_best = true;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.best_update, 4);
  EXPECT_EQ(UpdatesOfBest("script"), 4);
  EXPECT_EQ(UpdatesOfBest("few.script"), 12);
  EXPECT_EQ(UpdatesOfBest("cross_entropy"), 16);
  const Json last = Validations().back();
  EXPECT_EQ(last["script"], 6.0);
  EXPECT_EQ(last["best"], false);
  EXPECT_EQ(last["sets"]["valid"]["script"], 6.0);
  EXPECT_EQ(last["sets"]["valid"]["cross_entropy"], last["cross_entropy"]);
  EXPECT_EQ(last["sets"]["few"]["script"], 2.0);
  EXPECT_NE(last["sets"]["few"]["perplexity"], last["perplexity"]);
  EXPECT_EQ(last["stale"]["script"], 3);
  EXPECT_EQ(last["stale"]["few.script"], 1);
  EXPECT_THAT(directory_.Read("model/train.log"),
              AllOf(HasSubstr("[valid valid] Ep. 1 : Up. 4 : "), HasSubstr("[valid few] Ep. ")));
}

// One that fails is neither better nor worse: patience goes on counting behind it.
TEST_F(ModelSelectionTest, AScriptThatFailsDoesNotDecide) {
  TrainingSetup setup = MakeSetup();
  setup.validation.metrics = {ValidationMetric::kScript};
  setup.validation.script = "echo a message >&2; " + ScriptThatGives("- 5 - - 4 - 5");
  setup.training.max_updates = 0;
  setup.training.early_stopping = 2;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.outcome, TrainingOutcome::kEarlyStopped);
  EXPECT_EQ(result.best_update, 8);
  EXPECT_EQ(result.updates, 28);
  std::vector<Json> scores;
  for (const Json& record : Validations()) scores.push_back(record["script"]);
  EXPECT_THAT(scores, ElementsAre(Json(), 5.0, Json(), Json(), 4.0, Json(), 5.0));
  EXPECT_THAT(directory_.Read("model/train.log"),
              AllOf(HasSubstr("script: a message"), HasSubstr("script failed : "),
                    HasSubstr("expected exit code 0, got 9; training goes on")));
}

TEST_F(ModelSelectionTest, AScriptThatAlwaysFailsLeavesTheLastWeights) {
  TrainingSetup setup = MakeSetup();
  setup.validation.metrics = {ValidationMetric::kScript};
  setup.validation.script = "/no/such/script";
  setup.training.average_best = 2;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.outcome, TrainingOutcome::kFinished);
  EXPECT_EQ(result.best_update, 0);
  EXPECT_EQ(ReadModelMetadata(SafetensorsFile(result.model_path)).updates, 16);
}

TEST_F(ModelSelectionTest, AnyMetricCanEndTraining) {
  TrainingSetup setup = MakeSetup();
  setup.training.max_updates = 0;
  setup.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kScript};
  setup.validation.script = ScriptThatGives("3 2 2");
  setup.validation.stop_on = StopOn::kAny;
  setup.training.early_stopping = 2;
  const TrainingResult result = Train(setup);
  EXPECT_EQ(result.outcome, TrainingOutcome::kEarlyStopped);
  EXPECT_EQ(result.updates, 12);
  EXPECT_EQ(result.best_update, 12);
}

TEST_F(ModelSelectionTest, PartsWithManyMetricsEqualTheWhole) {
  for (const char* name : {"whole", "parts"}) {
    TrainingSetup setup = MakeSetup(name);
    setup.validation.metrics = {ValidationMetric::kChrf, ValidationMetric::kBleu,
                                ValidationMetric::kTer, ValidationMetric::kScript};
    setup.validation.script = ScriptThatGives("1 - 0 2", std::string("calls of ") + name);
    setup.validation.stop_on = StopOn::kAll;
    setup.validation.keep_best = true;
    setup.training.early_stopping = 2;
    setup.training.save_every = {.count = 1, .unit = Period::Unit::kUpdates};
    for (const Index stop : {3, 7, 11, 16}) {
      if (name == std::string("whole") && stop < 16) continue;
      setup.should_stop = [stop](Index update) { return update >= stop && update % 4 != 0; };
      Train(setup);
    }
  }
  EXPECT_EQ(StateOf("whole", 16), StateOf("parts", 16));
  EXPECT_EQ(StateOf("parts", 16).other_bests.size(), 3u);
  EXPECT_EQ(Validations("whole"), Validations("parts"));
  for (const char* score : {"chrf", "bleu", "ter", "script"}) {
    const std::string file = std::string("/checkpoints/best-") + score + "/model.safetensors";
    EXPECT_EQ(directory_.Read("whole" + file), directory_.Read("parts" + file)) << score;
  }
}

// So that the next good model gets its chance.
TEST_F(ModelSelectionTest, ABestThatCannotBeWrittenDoesNotCount) {
  TrainingSetup setup = MakeSetup();
  fs::create_directories(directory_.Path("model/checkpoints"));
  directory_.Write("model/checkpoints/best-script", "a file where the folder should be");
  setup.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kScript};
  setup.validation.script = ScriptThatGives("4 3 2 1");
  setup.validation.keep_best = true;
  EXPECT_EQ(Train(setup).failed_saves, 4);
  EXPECT_EQ(StateOf("model", 16).other_bests.at("script").update, 0);
  EXPECT_EQ(UpdatesOfBest("cross_entropy"), 16);
}

}  // namespace
}  // namespace talmach
