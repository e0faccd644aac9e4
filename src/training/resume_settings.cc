// Tested by tests/training/trainer_test.cc.
#include "training/resume_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/checksum.h"
#include "base/error.h"
#include "kernels/gemm.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr std::array kNoticed = {
    "data.train.source",    "data.train.target",    "data.valid.source",    "data.valid.target",
    "training.precision",   "training.workers",     "training.threads",     "training.max_epochs",
    "training.max_updates", "training.max_seconds", "validation.beam_size", "validation.normalize"};

bool IsNoticed(const std::string& key) { return std::ranges::count(kNoticed, key) > 0; }

void AddData(const TrainingSetup& setup, TrainingSettings* settings) {
  const TrainingDataOptions& data = setup.data;
  (*settings)["data.train.source"] = data.train_source;
  (*settings)["data.train.target"] = data.train_target;
  (*settings)["data.max_length"] = data.max_length;
  (*settings)["tokenizer.sampling_alpha"] = data.sampling_alpha;
  (*settings)["tokenizer.source_vocabulary"] = setup.source_tokenizer->Hash();
  (*settings)["tokenizer.target_vocabulary"] = setup.target_tokenizer->Hash();
}

/// What the links say, wherever the file lies and whether it is compressed; "" without one.
std::string ChecksumOfLinks(const std::string& path) {
  if (path.empty()) return "";
  TextReader reader(path);
  Checksum checksum;
  for (std::string line; reader.ReadLine(&line);) checksum.Update(line + "\n");
  return checksum.Hex();
}

void AddGuidedAlignment(const GuidedAlignmentOptions& guided, TrainingSettings* settings) {
  (*settings)["training.guided_alignment.links"] = ChecksumOfLinks(guided.links);
  if (guided.links.empty()) return;
  (*settings)["training.guided_alignment.weight"] = guided.weight;
}

bool IsBFloat16(const TrainingOptions& training) {
  return training.precision ? *training.precision == Precision::kBFloat16 : BFloat16IsFast();
}

void AddTraining(const TrainingOptions& training, TrainingSettings* settings) {
  (*settings)["training.precision"] = IsBFloat16(training) ? "bfloat16" : "float32";
  (*settings)["training.batch_sentences"] = training.batch_sentences;
  (*settings)["training.batch_tokens"] = training.batch_tokens;
  (*settings)["training.accumulate"] = training.accumulate;
  (*settings)["training.learning_rate"] = training.learning_rate;
  (*settings)["training.schedule"] = ToString(training.schedule);
  (*settings)["training.warmup_updates"] = training.warmup_updates;
  (*settings)["training.minimum_learning_rate"] = training.minimum_learning_rate;
  (*settings)["training.label_smoothing"] = training.label_smoothing;
  AddGuidedAlignment(training.guided_alignment, settings);
  (*settings)["training.clip_norm"] = training.clip_norm;
  (*settings)["training.weight_decay"] = training.weight_decay;
  (*settings)["training.beta1"] = training.beta1;
  (*settings)["training.beta2"] = training.beta2;
  (*settings)["training.epsilon"] = training.epsilon;
  (*settings)["training.ema_decay"] = training.ema_decay;
  (*settings)["training.seed"] = training.seed;
  (*settings)["training.workers"] = training.workers;
  (*settings)["training.threads"] = ThreadsPerWorker(training);
  if (training.schedule != ScheduleType::kCosine) return;
  (*settings)["training.max_epochs"] = training.max_epochs;
  (*settings)["training.max_updates"] = training.max_updates;
  (*settings)["training.max_seconds"] = training.max_seconds;
}

/// What scores are compared by: the best model is chosen among those of all parts of a run.
void AddValidation(const TrainingSetup& setup, TrainingSettings* settings) {
  const ValidationMetric metric = setup.validation.metrics.front();
  (*settings)["data.valid.source"] = setup.data.valid_source;
  (*settings)["data.valid.target"] = setup.data.valid_target;
  (*settings)["validation.metrics (first)"] = ToString(metric);
  if (metric != ValidationMetric::kBleu) return;
  (*settings)["validation.beam_size"] = setup.validation.beam_size;
  (*settings)["validation.normalize"] = setup.validation.normalize;
}

/// "model.encoder.layers": 2 and so on for every leaf of the model's configuration.
void AddModel(const nlohmann::json& json, const std::string& prefix, TrainingSettings* settings) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) {
      AddModel(value, prefix + "." + key, settings);
    } else {
      (*settings)[prefix + "." + key] = value;
    }
  }
}

/// As it was written: 0.1 and not 0.10000000149011612, which a float of 0.1 is as a double.
std::string ValueText(const TrainingSettings& value) {
  if (!value.is_number_float()) return value.dump();
  const auto number = value.get<double>();
  const auto rounded = static_cast<float>(number);
  return static_cast<double>(rounded) == number ? fmt::format("{}", rounded) : value.dump();
}

}  // namespace

TrainingSettings SettingsOf(const TrainingSetup& setup) {
  TrainingSettings settings;
  AddData(setup, &settings);
  AddModel(ToJson(setup.model), "model", &settings);
  AddTraining(setup.training, &settings);
  if (!setup.data.valid_source.empty()) AddValidation(setup, &settings);
  return settings;
}

std::vector<std::string> CompareSettings(const TrainingSettings& saved,
                                         const TrainingSettings& current, const std::string& path) {
  std::vector<std::string> notices;
  for (const auto& [key, value] : current.items()) {
    const TrainingSettings before = saved.value(key, TrainingSettings());
    if (before == value || before.is_null()) continue;
    if (IsNoticed(key)) {
      notices.push_back(key + " was " + ValueText(before) + " and is now " + ValueText(value));
      continue;
    }
    throw ConfigError({.where = key,
                       .what = "cannot change while a run is resumed",
                       .expected = ValueText(before) + " as in " + path,
                       .got = ValueText(value),
                       .hint = "change it back, start anew with --fresh, or train into another "
                               "directory"});
  }
  return notices;
}

}  // namespace talmach
