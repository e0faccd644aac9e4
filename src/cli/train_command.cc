// Tested by tests/integration/program_test.py and tests/integration/fresh_start_test.py.
// talmach train
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/log.h"
#include "base/scratch_directory.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/signals.h"
#include "cli/training_run.h"
#include "config/config_keys.h"
#include "project/configuration_file.h"
#include "text/line_file.h"
#include "training/pretrained_embeddings.h"
#include "training/trainer.h"
#include "training/training_benchmark.h"

namespace talmach {
namespace {

// To be checked before anything waits for a pipe or reads an endless device.
void RequireRegularTexts(const Config& config) {
  for (const auto& corpora : {CorporaWithLinks(config), ValidationSets(config)}) {
    for (const CorpusOptions& corpus : corpora) {
      for (const std::string& path :
           {corpus.SourceSide().path, corpus.TargetSide().path, corpus.links}) {
        RequireRegularText(path);
      }
    }
  }
  RequireRegularText(config.training.pretrained_embeddings);
}

// runs/NAME for configs/NAME.yaml.
std::string DefaultDirectory(const std::string& config_path) {
  return "runs/" + std::filesystem::path(config_path).stem().string();
}

std::string Mebibytes(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// What a new run takes from elsewhere; checks it as the run would.
std::string DescribeStart(const Config& config, const std::optional<InitialModel>& initial,
                          const TokenizerPair& tokenizers) {
  std::string text;
  if (initial) {
    const TakenRows rows = CountSharedRows(*initial, *tokenizers.source, *tokenizers.target);
    text += fmt::format("initial model      {}: {}\n", initial->path, Describe(rows));
  }
  if (const std::string& path = config.training.pretrained_embeddings; !path.empty()) {
    const std::vector<EmbeddingTable> tables =
        EmbeddingTables(config.model, *tokenizers.source, *tokenizers.target);
    const PretrainedCounts counts =
        ReadPretrainedEmbeddings(path, config.model.embedding_size, tables);
    text += fmt::format("embeddings         {}: {}\n", path, Describe(counts, tables));
  }
  return text;
}

// Parameters and memory, without a run. Builds tokenizers aside to know the vocabularies.
void PrintEstimate(const Config& config, const ModelDirectory& directory) {
  const ScratchDirectory aside;
  const bool goes_on = HasRun(directory);
  std::optional<InitialModel> initial;
  if (!goes_on && !config.training.initial_model.empty()) initial = OpenInitialModel(config);
  const TokenizerPair tokenizers =
      goes_on ? LoadTokenizers(directory) : MakeTokenizers(config, ModelDirectory(aside.path()));
  const std::string start = goes_on ? "" : DescribeStart(config, initial, tokenizers);
  const TrainingEstimate estimate =
      EstimateTraining(MakeTrainingSetup(config, tokenizers, directory));
  PrintResult(
      fmt::format("source vocabulary  {:>14} pieces\n"
                  "target vocabulary  {:>14} pieces\n"
                  "parameters         {:>14}\n"
                  "weights, moments   {:>14}\n"
                  "gradients          {:>14}\n"
                  "packed weights     {:>14}\n"
                  "activations        {:>14}  (if every pair had {} tokens on each side)\n"
                  "in all             {:>14}\n",
                  tokenizers.source->size(), tokenizers.target->size(), estimate.num_parameters,
                  Mebibytes(estimate.parameter_bytes), Mebibytes(estimate.gradient_bytes),
                  Mebibytes(estimate.packed_bytes), Mebibytes(estimate.activation_bytes),
                  config.data.max_length, Mebibytes(estimate.total_bytes())));
  if (!start.empty()) PrintResult(start);
}

// Throws if a new run has ended before an update of it succeeded.
void RequireBegun(const TrainingSetup& setup, const TrainingResult& result) {
  if (!setup.start || setup.start->has_begun()) return;
  if (result.outcome == TrainingOutcome::kInterrupted) ThrowIfStopped();
  throw Error({.where = setup.directory,
               .what = "no update has succeeded; all is as it was before",
               .hint = "give it more time: " + NameOf(setup, &setup.training.max_seconds)});
}

// How a run ended that was stopped early.
std::string EarlyEnd(const TrainingResult& result, StopOn stop_on) {
  if (stop_on == StopOn::kFirst) {
    return fmt::format("none better than update {} for too long", result.best_update);
  }
  return fmt::format("{} had no new best for too long; by the first, the best is update {}",
                     stop_on == StopOn::kAny ? "a metric" : "all metrics", result.best_update);
}

void Report(const TrainingResult& result, StopOn stop_on, const std::string& directory) {
  if (result.outcome == TrainingOutcome::kInterrupted) {
    Log().info("{}: saved after update {}; the same command goes on from here", directory,
               result.updates);
    ThrowIfStopped();
  }
  if (result.outcome == TrainingOutcome::kOutOfTime) {
    Log().info("{}: saved after update {}, as {} is over; the same command goes on from here",
               directory, result.updates,
               KeyName(&Config::training, &TrainingOptions::max_seconds));
  } else if (result.nothing_to_do) {
    Log().info("{}: this run is finished, {} updates; a higher limit goes on, --fresh starts anew",
               directory, result.updates);
  } else {
    std::string end = fmt::format("done after {} updates", result.updates);
    if (result.outcome == TrainingOutcome::kEarlyStopped) {
      end += ", " + EarlyEnd(result, stop_on);
    }
    Log().info("{}: {}; translate with `talmach translate -m {}`", result.model_path, end,
               directory);
  }
  if (result.failed_saves > 0) {
    throw Error({.where = directory,
                 .what = fmt::format("{} checkpoints could not be written", result.failed_saves)});
  }
  if (result.lost_records > 0) {
    throw Error({.where = ModelDirectory(directory).Records(),
                 .what = fmt::format("{} records could not be written", result.lost_records)});
  }
}

struct TrainOptions {
  ConfigFlags flags;
  std::string path;
  bool dry_run = false;
  bool fresh = false;
};

void DeclareFlags(TrainOptions& options, CommandLine& line) {
  line.Group("Run")
      .Text("model,m", &options.path, "DIR", "model directory; by default runs/NAME for NAME.yaml")
      .Switch("dry-run", &options.dry_run, "print parameter counts and memory, train nothing")
      .Switch("fresh", &options.fresh,
              "start anew: forget tokenizers, model and checkpoints in DIR");
  options.flags.Declare(line);
}

void TrainModel(const TrainOptions& options, const CommandLine& line) {
  const Config config = options.flags.Load(line);
  RequireRegularTexts(config);
  const ModelDirectory directory(
      options.path.empty() ? DefaultDirectory(options.flags.paths().front()) : options.path);
  if (options.dry_run) {
    PrintEstimate(config, directory);
    return;
  }
  ClaimedDirectory claimed(directory);
  const TokenizerPair tokenizers = claimed.Prepare(config, {.fresh = options.fresh,
                                                            .config_paths = options.flags.paths(),
                                                            .throw_if_stopped = ThrowIfStopped});
  TrainingSetup setup = MakeTrainingSetup(config, tokenizers, directory);
  setup.start = claimed.start();
  setup.initial_model = claimed.initial_model();
  setup.lock = claimed.lock();
  const TrainingResult result = Train(setup);
  RequireBegun(setup, result);
  // The trainer has accepted what changed since the directory was made.
  if (!setup.start && !IsOneOf(directory.Configuration(), options.flags.paths())) {
    WriteFileAtomically(directory.Configuration(), ConfigurationText(config));
  }
  Report(result, config.validation.stop_on, directory.path);
}

}  // namespace

void RunTrainCommand(const Arguments& arguments) {
  RunSteps<TrainOptions>(
      {.usage = "talmach train -c CONFIG.yaml [-c MORE.yaml] [--set KEY=VALUE]… [-m DIR]",
       .summary = "Trains a model, or continues where the last run in DIR stopped.",
       .declare = DeclareFlags,
       .run = TrainModel},
      arguments);
}

}  // namespace talmach
