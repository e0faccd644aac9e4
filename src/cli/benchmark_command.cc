// Tested by tests/integration/program_test.py.
// talmach benchmark gemm|peak|train|translate
//
// A speed means little without the limit of the machine, so training and translation are compared
// with two limits: what the library reaches in large matrix products (`gemm`), and what the
// processor does when it multiplies and adds registers and never waits for memory (`peak`). Shares
// are the floating-point operations of the matrix products divided by either. Training knows how
// many a target token takes from the shape of the model; in translation the products report theirs
// to the profiler.
//
// All work is done once before the clock starts, because the first pass generates kernels and
// obtains memory.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/peak_memory.h"
#include "base/profile.h"
#include "base/scratch_directory.h"
#include "base/stopwatch.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/profile_table.h"
#include "cli/signals.h"
#include "cli/training_run.h"
#include "cli/translation_flags.h"
#include "kernels/gemm.h"
#include "kernels/gemm_peak.h"
#include "kernels/hardware_peak.h"
#include "kernels/parallel.h"
#include "text/line_chunks.h"
#include "training/training_benchmark.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<Precision, const char*>, 3> kPrecisions = {
    {{Precision::kFloat32, "float32"},
     {Precision::kBFloat16, "bfloat16"},
     {Precision::kInt8, "int8"}}};

std::string NameOf(Precision precision) {
  for (const auto& [value, name] : kPrecisions) {
    if (value == precision) return name;
  }
  return "";
}

// One line of JSON, or a line per value.
void Print(const Json& record, bool as_json) {
  std::string text;
  if (as_json) {
    text = record.dump() + "\n";
  } else {
    for (const auto& [key, value] : record.items()) {
      text += fmt::format("{:<28} {}\n", key,
                          value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  PrintResult(text);
}

struct PeakOptions {
  bool as_json = false;
};

void DeclarePeakFlags(PeakOptions& options, CommandLine& line) {
  line.Group("Output").Switch("json", &options.as_json, "print one JSON object");
}

void MeasureGemm(const PeakOptions& options, const CommandLine& line) {
  Json record = {{"library", ProductLibraryText()}, {"threads", line.threads()}};
  for (const auto& [precision, name] : kPrecisions) {
    if (precision == Precision::kBFloat16 && !BFloat16IsFast()) continue;
    const double peak = MeasureGemmPeak(precision, static_cast<int>(line.threads()));
    record[fmt::format("{}_gflops", name)] = peak / 1e9;
    const double hardware = MeasureHardwarePeak(precision, static_cast<int>(line.threads()));
    if (hardware > 0) record[fmt::format("{}_hardware_share", name)] = peak / hardware;
  }
  Print(record, options.as_json);
}

void RunGemm(const Arguments& arguments) {
  RunSteps<PeakOptions>(
      {.usage = "talmach benchmark gemm [--json]",
       .summary = "Measures the fastest matrix products of this machine, the limit of all speed.",
       .declare = DeclarePeakFlags,
       .run = MeasureGemm},
      arguments);
}

void MeasurePeak(const PeakOptions& options, const CommandLine& line) {
  Json record;
  for (const auto& [precision, name] : kPrecisions) {
    const double peak = MeasureHardwarePeak(precision, static_cast<int>(line.threads()));
    const char* unit = precision == Precision::kInt8 ? "gops" : "gflops";
    if (peak > 0) record[fmt::format("{}_{}", name, unit)] = peak / 1e9;
  }
  record["threads"] = line.threads();
  record["library"] = ProductLibraryText();
  Print(record, options.as_json);
}

void RunPeak(const Arguments& arguments) {
  RunSteps<PeakOptions>(
      {.usage = "talmach benchmark peak [--json]",
       .summary = "Measures what the processor itself can do: multiply-adds between registers, "
                  "without any memory.",
       .declare = DeclarePeakFlags,
       .run = MeasurePeak},
      arguments);
}

// Threads of all workers together.
int TotalThreads(const TrainingOptions& training) {
  return ThreadsPerWorker(training) * training.workers;
}

// Bfloat16 without instructions of its own is computed in float32.
double HardwarePeak(Precision precision, int threads) {
  const double peak = MeasureHardwarePeak(precision, threads);
  return peak > 0 ? peak : MeasureHardwarePeak(Precision::kFloat32, threads);
}

struct TrainOptions {
  ConfigFlags flags;
  double seconds = 40;
  bool as_json = false;
  bool profile = false;
};

void DeclareTrainFlags(TrainOptions& options, CommandLine& line) {
  line.Group("Measurement")
      .Number("seconds", &options.seconds, {0.1, 86400}, "how long to measure, after a warm-up")
      .Switch("profile", &options.profile, "show in which part of the model the time goes")
      .Switch("json", &options.as_json, "print one JSON object");
  options.flags.Declare(line);
}

void MeasureTraining(const TrainOptions& options, const CommandLine& line) {
  const Config config = options.flags.Load(line);
  const ScratchDirectory aside;
  const ModelDirectory directory(aside.path());
  const TokenizerPair tokenizers = MakeTokenizers(config, directory);
  const TrainingSetup setup = MakeTrainingSetup(config, tokenizers, directory);
  const TrainingBenchmark result = BenchmarkTraining(setup, options.seconds, options.profile);
  ThrowIfStopped();

  const int threads = TotalThreads(config.training);
  const double peak = MeasureGemmPeak(result.precision, threads);
  const double hardware = HardwarePeak(result.precision, threads);
  const double flops = result.target_tokens_per_second * result.flops_per_target_token;
  Json record = {{"target_tokens_per_second", result.target_tokens_per_second},
                 {"peak_share", flops / peak},
                 {"hardware_share", flops / hardware},
                 {"peak_rss_bytes", result.peak_rss_bytes},
                 {"precision", NameOf(result.precision)},
                 {"threads", threads},
                 {"workers", config.training.workers},
                 {"seconds", result.seconds},
                 {"updates", result.updates},
                 {"target_tokens", result.target_tokens},
                 {"waiting_share", result.waiting_share},
                 {"start_seconds", result.start_seconds},
                 {"gflops", flops / 1e9},
                 {"gemm_peak_gflops", peak / 1e9},
                 {"hardware_peak_gflops", hardware / 1e9},
                 {"library", ProductLibraryText()}};
  // Threads of one worker share its zones: their time is the worker's.
  const ProfileLimits limits = {.thread_seconds = result.seconds * config.training.workers,
                                .flops_per_thread = peak / config.training.workers};
  if (options.profile && options.as_json)
    record["profile"] = ProfileRecords(result.profile, limits);
  Print(record, options.as_json);
  if (options.profile && !options.as_json) PrintResult("\n" + ProfileTable(result.profile, limits));
}

void RunTrain(const Arguments& arguments) {
  RunSteps<TrainOptions>(
      {.usage = "talmach benchmark train -c CONFIG.yaml [--seconds N] [--json] [FLAGS]",
       .summary = "Measures training: updates on the training text; nothing is kept.",
       .declare = DeclareTrainFlags,
       .run = MeasureTraining},
      arguments);
}

// The cost of translating a text.
struct TranslationTimes {
  double seconds = 0;
  Index num_lines = 0;
  Index num_tokens = 0;                   // of the best translations, with </s>
  double flops = 0;                       // of all products
  std::vector<double> milliseconds = {};  // of each line, ascending, if one by one
};

TranslationTimes TimeTranslation(const Translator& translator, const std::string& input,
                                 bool one_by_one) {
  LineChunkReader reader(input, "");
  LineChunk chunk;
  if (!reader.Next(&chunk)) throw DataError({.where = input, .what = "empty; nothing to measure"});
  // Once before the clock starts: kernels are generated and memory is asked for the first time.
  const auto num_first = static_cast<std::size_t>(2 * translator.options().mini_batch);
  translator.Translate(std::span(chunk.first).first(std::min(chunk.first.size(), num_first)));

  TranslationTimes times;
  SetProfiling(true);
  const Stopwatch clock;
  const auto translate = [&](std::span<const std::string> lines) {
    const Stopwatch lap;
    for (const Translation& translation : translator.Translate(lines)) {
      times.num_tokens += std::ssize(translation.best().piece_scores);
      ++times.num_lines;
    }
    if (one_by_one) times.milliseconds.push_back(1e3 * lap.Seconds());
  };
  do {
    ThrowIfStopped();
    if (!one_by_one) {
      translate(chunk.first);
      continue;
    }
    for (const std::string& text : chunk.first) translate(std::span(&text, 1));
  } while (reader.Next(&chunk));
  times.seconds = clock.Seconds();
  SetProfiling(false);
  for (const ZoneProfile& zone : CollectProfile()) times.flops += zone.flops;
  std::ranges::sort(times.milliseconds);
  return times;
}

struct TranslateOptions {
  TranslationFlags flags;
  std::string input = "-";
  bool one_by_one = false;
  bool as_json = false;
};

void DeclareTranslateFlags(TranslateOptions& options, CommandLine& line) {
  line.Group("Measurement")
      .Text("input,i", &options.input, "FILE", "text, a sentence per line")
      .Switch("one-by-one", &options.one_by_one, "a line at a time; measure how long each takes")
      .Switch("json", &options.as_json, "print one JSON object");
  options.flags.DeclareModel(line);
  options.flags.DeclareSearch(line);
  options.flags.DeclareShortlist(line);
}

void MeasureTranslation(const TranslateOptions& options, const CommandLine& line) {
  const TranslationConfig config = options.flags.Resolve(line);
  OpenOptions open = options.flags.MakeOpenOptions(config, line.threads());
  open.precision = UsefulPrecision(open.precision, "precision");
  const Translator translator = OpenTranslator(options.flags.models(), open);
  const TranslationTimes times = TimeTranslation(translator, options.input, options.one_by_one);
  const Index peak_rss_bytes = PeakRssBytes();
  const auto threads = static_cast<int>(line.threads());
  const double peak = MeasureGemmPeak(open.precision, threads);
  const double hardware = HardwarePeak(open.precision, threads);
  const auto per_second = [&](auto count) { return static_cast<double>(count) / times.seconds; };
  Json record = {{"output_tokens_per_second", per_second(times.num_tokens)},
                 {"sentences_per_second", per_second(times.num_lines)},
                 {"peak_share", per_second(times.flops) / peak},
                 {"hardware_share", per_second(times.flops) / hardware},
                 {"peak_rss_bytes", peak_rss_bytes},
                 {"precision", NameOf(open.precision)},
                 {"threads", line.threads()},
                 {"beam_size", config.beam_size},
                 {"mini_batch", options.one_by_one ? 1 : config.mini_batch},
                 {"seconds", times.seconds},
                 {"sentences", times.num_lines},
                 {"output_tokens", times.num_tokens},
                 {"gflops", per_second(times.flops) / 1e9},
                 {"gemm_peak_gflops", peak / 1e9},
                 {"hardware_peak_gflops", hardware / 1e9},
                 {"library", ProductLibraryText()}};
  if (options.one_by_one) {
    const auto at = [&](double share) {
      const auto last = static_cast<double>(times.milliseconds.size() - 1);
      return times.milliseconds[static_cast<std::size_t>(share * last)];
    };
    record["median_milliseconds"] = at(0.5);
    record["p99_milliseconds"] = at(0.99);
  }
  Print(record, options.as_json);
}

void RunTranslate(const Arguments& arguments) {
  RunSteps<TranslateOptions>(
      {.usage = "talmach benchmark translate -m DIR -i FILE [--json] [FLAGS]",
       .summary = "Measures translation of a text; nothing is kept.",
       .declare = DeclareTranslateFlags,
       .run = MeasureTranslation},
      arguments);
}

constexpr std::array kBenchmarkCommands = {
    Command{"gemm", "the fastest matrix products of this machine", RunGemm},
    Command{"peak", "the multiply-adds of this processor, without memory", RunPeak},
    Command{"train", "speed and memory of training", RunTrain},
    Command{"translate", "speed and memory of translation", RunTranslate},
};

}  // namespace

void RunBenchmarkCommand(const Arguments& arguments) {
  RunSubcommand("talmach benchmark", "Measures speed on this machine.", kBenchmarkCommands,
                arguments);
}

}  // namespace talmach
