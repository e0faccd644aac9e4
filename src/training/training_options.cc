#include "training/training_options.h"

#include <algorithm>
#include <charconv>

#include "base/available_cores.h"
#include "base/error.h"
#include "kernels/gemm.h"

namespace talmach {
namespace {

/// Throws ConfigError at `key` unless `holds`.
template <typename T>
void Expect(bool holds, const std::string& key, const std::string& expected, T got) {
  if (holds) return;
  std::string text;
  if constexpr (std::is_arithmetic_v<T>) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), got).ptr;
    text.assign(buffer, end);
  } else {
    text = got;
  }
  throw ConfigError({.where = key, .expected = expected, .got = text});
}

void ValidateBatches(const TrainingOptions& training) {
  Expect(training.batch_sentences >= 0, "training.batch_sentences", "≥ 0",
         training.batch_sentences);
  Expect(training.batch_tokens >= 0, "training.batch_tokens", "≥ 0", training.batch_tokens);
  if ((training.batch_sentences > 0) == (training.batch_tokens > 0)) {
    throw ConfigError({.where = "training.batch_sentences, training.batch_tokens",
                       .expected = "exactly one of them > 0",
                       .got = std::to_string(training.batch_sentences) + " and " +
                              std::to_string(training.batch_tokens)});
  }
  Expect(training.accumulate >= 1, "training.accumulate", "≥ 1", training.accumulate);
}

void ValidateLimits(const TrainingOptions& training) {
  Expect(training.max_epochs >= 0, "training.max_epochs", "≥ 0", training.max_epochs);
  Expect(training.max_updates >= 0, "training.max_updates", "≥ 0", training.max_updates);
  Expect(training.max_seconds >= 0, "training.max_seconds", "≥ 0", training.max_seconds);
  const bool limited =
      training.max_epochs > 0 || training.max_updates > 0 || training.max_seconds > 0;
  if (training.schedule == ScheduleType::kCosine && !limited) {
    throw ConfigError({.where = "training.schedule",
                       .what = "cosine needs to know where training ends",
                       .hint = "set training.max_epochs, max_updates or max_seconds"});
  }
}

void ValidateOptimizer(const TrainingOptions& training) {
  Expect(training.learning_rate > 0, "training.learning_rate", "> 0", training.learning_rate);
  Expect(training.warmup_updates >= 0, "training.warmup_updates", "≥ 0", training.warmup_updates);
  Expect(training.minimum_learning_rate >= 0 &&
             training.minimum_learning_rate <= training.learning_rate,
         "training.minimum_learning_rate", "between 0 and learning_rate",
         training.minimum_learning_rate);
  Expect(training.plateau_patience >= 1, "training.plateau_patience", "≥ 1",
         training.plateau_patience);
  Expect(training.label_smoothing >= 0 && training.label_smoothing < 1, "training.label_smoothing",
         "in [0, 1)", training.label_smoothing);
  Expect(training.guided_alignment.weight > 0, "training.guided_alignment.weight", "> 0",
         training.guided_alignment.weight);
  Expect(training.clip_norm >= 0, "training.clip_norm", "≥ 0", training.clip_norm);
  Expect(training.weight_decay >= 0, "training.weight_decay", "≥ 0", training.weight_decay);
  Expect(training.beta1 >= 0 && training.beta1 < 1, "training.beta1", "in [0, 1)", training.beta1);
  Expect(training.beta2 >= 0 && training.beta2 < 1, "training.beta2", "in [0, 1)", training.beta2);
  Expect(training.epsilon > 0, "training.epsilon", "> 0", training.epsilon);
  Expect(training.ema_decay >= 0 && training.ema_decay < 1, "training.ema_decay", "in [0, 1)",
         training.ema_decay);
}

void ValidateRun(const TrainingOptions& training) {
  if (training.precision == Precision::kInt8) {
    throw ConfigError(
        {.where = "training.precision", .expected = "float32 or bfloat16", .got = "int8"});
  }
  Expect(training.workers >= 1, "training.workers", "≥ 1", training.workers);
  Expect(training.threads >= 0, "training.threads", "≥ 0", training.threads);
  Expect(training.save_every.count >= 0, "training.save_every", "≥ 0", training.save_every.count);
  Expect(training.keep_last >= 1, "training.keep_last", "≥ 1", training.keep_last);
  Expect(training.average_best >= 0, "training.average_best", "≥ 0", training.average_best);
  Expect(training.early_stopping >= 0, "training.early_stopping", "≥ 0", training.early_stopping);
  Expect(training.max_skipped >= 1, "training.max_skipped", "≥ 1", training.max_skipped);
  Expect(training.max_rollbacks >= 0, "training.max_rollbacks", "≥ 0", training.max_rollbacks);
}

void ValidateData(const TrainingDataOptions& data) {
  Expect(!data.train_source.empty(), "data.train.source", "a file", "nothing");
  Expect(!data.train_target.empty(), "data.train.target", "a file", "nothing");
  Expect(data.valid_source.empty() == data.valid_target.empty(), "data.valid",
         "both source and target, or neither", "one of them");
  Expect(data.max_length >= 1, "data.max_length", "≥ 1", data.max_length);
  Expect(data.sampling_alpha >= 0, "tokenizer.sampling_alpha", "≥ 0", data.sampling_alpha);
}

void ValidateValidation(const TrainingDataOptions& data, const TrainingOptions& training,
                        const ValidationOptions& validation) {
  Expect(validation.every.count >= 0, "validation.every", "≥ 0", validation.every.count);
  Expect(!validation.metrics.empty(), "validation.metrics", "at least one metric", "none");
  Expect(validation.beam_size >= 1, "validation.beam_size", "≥ 1", validation.beam_size);
  Expect(validation.normalize >= 0, "validation.normalize", "≥ 0", validation.normalize);
  Expect(validation.samples >= 0, "validation.samples", "≥ 0", validation.samples);
  if (!data.valid_source.empty() && validation.every.count > 0) return;
  const auto needs = [](const std::string& key) {
    throw ConfigError({.where = key,
                       .what = "needs validation",
                       .hint = "set data.valid.source, data.valid.target and validation.every"});
  };
  if (training.schedule == ScheduleType::kPlateau) needs("training.schedule");
  if (training.early_stopping > 0) needs("training.early_stopping");
  if (training.average_best > 0) needs("training.average_best");
}

/// A value of an enumeration and its word in the configuration language.
template <typename Enum>
struct NamedValue {
  Enum value;
  std::string_view name;
};

constexpr NamedValue<ScheduleType> kScheduleTypes[] = {
    {ScheduleType::kConstant, "constant"},
    {ScheduleType::kInverseSqrt, "inverse_sqrt"},
    {ScheduleType::kCosine, "cosine"},
    {ScheduleType::kPlateau, "plateau"},
};
constexpr NamedValue<ValidationMetric> kValidationMetrics[] = {
    {ValidationMetric::kCrossEntropy, "cross_entropy"},
    {ValidationMetric::kBleu, "bleu"},
};

template <typename Enum, std::size_t N>
std::string NameOf(const NamedValue<Enum> (&names)[N], Enum wanted) {
  for (const auto& [value, name] : names) {
    if (value == wanted) return std::string(name);
  }
  Require(false, "every value has a name");
  return {};
}

}  // namespace

bool Period::IsDue(Index update, Index epoch, bool epoch_ended) const {
  if (count <= 0) return false;
  if (unit == Unit::kUpdates) return update > 0 && update % count == 0;
  return epoch_ended && epoch % count == 0;
}

Period ParsePeriod(std::string_view text, const std::string& where) {
  Period period;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, period.count);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (error != std::errc() || period.count < 0 || (unit != "" && unit != "u" && unit != "e")) {
    throw ConfigError({.where = where,
                       .expected = "a period such as 500u (updates) or 1e (epochs)",
                       .got = std::string(text)});
  }
  if (unit == "e") period.unit = Period::Unit::kEpochs;
  return period;
}

std::string ToString(const Period& period) {
  return std::to_string(period.count) + (period.unit == Period::Unit::kUpdates ? "u" : "e");
}

std::string ToString(ScheduleType type) { return NameOf(kScheduleTypes, type); }

std::string ToString(ValidationMetric metric) { return NameOf(kValidationMetrics, metric); }

void Validate(const TrainingDataOptions& data, const TrainingOptions& training,
              const ValidationOptions& validation) {
  ValidateData(data);
  ValidateBatches(training);
  ValidateLimits(training);
  ValidateOptimizer(training);
  ValidateRun(training);
  ValidateValidation(data, training, validation);
}

Precision ChoosePrecision(const TrainingOptions& options) {
  if (options.precision) return UsefulPrecision(*options.precision, "training.precision");
  return BFloat16IsFast() ? Precision::kBFloat16 : Precision::kFloat32;
}

int ThreadsPerWorker(const TrainingOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, AvailableCores() / options.workers);
}

}  // namespace talmach
