#include "config/training_options.h"

#include <algorithm>
#include <charconv>

#include "base/available_cores.h"
#include "base/error.h"
#include "config/config_keys.h"
#include "kernels/gemm.h"

namespace talmach {
namespace {

// A value of an enumeration and its word in the configuration language.
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
    {ValidationMetric::kPerplexity, "perplexity"},
    {ValidationMetric::kBleu, "bleu"},
    {ValidationMetric::kChrf, "chrf"},
    {ValidationMetric::kTer, "ter"},
    {ValidationMetric::kScript, "script"},
};
constexpr NamedValue<StopOn> kStopOns[] = {
    {StopOn::kFirst, "first"},
    {StopOn::kAny, "any"},
    {StopOn::kAll, "all"},
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

std::string ToString(StopOn stop_on) { return NameOf(kStopOns, stop_on); }

bool NeedsTranslations(ValidationMetric metric) {
  return metric != ValidationMetric::kCrossEntropy && metric != ValidationMetric::kPerplexity;
}

bool ValidationOptions::HigherIsBetter(ValidationMetric metric) const {
  if (metric == ValidationMetric::kScript) return script_higher_is_better;
  return metric == ValidationMetric::kBleu || metric == ValidationMetric::kChrf;
}

Precision ChoosePrecision(const TrainingOptions& options) {
  if (options.precision)
    return UsefulPrecision(*options.precision,
                           KeyName(&Config::training, &TrainingOptions::precision));
  return BFloat16IsFast() ? Precision::kBFloat16 : Precision::kFloat32;
}

int ThreadsPerWorker(const TrainingOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, AvailableCores() / options.workers);
}

}  // namespace talmach
