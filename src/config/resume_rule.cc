#include "config/resume_rule.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/checksum.h"
#include "base/error.h"
#include "kernels/gemm.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

nlohmann::json PrecisionOfProducts(const Config& config) {
  const std::optional<Precision>& precision = config.training.precision;
  const bool is_bfloat16 = precision ? *precision == Precision::kBFloat16 : BFloat16IsFast();
  return is_bfloat16 ? "bfloat16" : "float32";
}

nlohmann::json ThreadsOfWorker(const Config& config) { return ThreadsPerWorker(config.training); }

nlohmann::json ChecksumOfLinks(const Config& config) {
  if (!HasLinks(config)) return "";
  TextReader reader(config.training.guided_alignment.links);
  Checksum checksum;
  for (std::string line; reader.ReadLine(&line);) checksum.Update(line + "\n");
  return checksum.Hex();
}

nlohmann::json FirstMetric(const Config& config) {
  return ToString(config.validation.metrics.front());
}

}  // namespace

bool IsCosine(const Config& config) { return config.training.schedule == ScheduleType::kCosine; }

bool HasLinks(const Config& config) { return !config.training.guided_alignment.links.empty(); }

bool HasValidation(const Config& config) { return !config.data.valid_source.empty(); }

bool IsChosenByBleu(const Config& config) {
  return HasValidation(config) && config.validation.metrics.front() == ValidationMetric::kBleu;
}

ResumeRule PrecisionRule() {
  return {.change = ResumeRule::Change::kReported, .noted = PrecisionOfProducts};
}

ResumeRule ThreadsRule() {
  return {.change = ResumeRule::Change::kReported, .noted = ThreadsOfWorker};
}

ResumeRule LinksRule() {
  return {.change = ResumeRule::Change::kRefused, .noted = ChecksumOfLinks};
}

ResumeRule MetricRule() {
  return {.change = ResumeRule::Change::kRefused,
          .matters = HasValidation,
          .noted = FirstMetric,
          .part = "first"};
}

const char* ToString(ResumeRule::Change change) {
  switch (change) {
    case ResumeRule::Change::kRefused:
    case ResumeRule::Change::kBuiltIn:
      return "refused";
    case ResumeRule::Change::kReported:
      return "reported";
    case ResumeRule::Change::kFree:
      return "free";
  }
  Require(false, "every rule has a word");
  return "";
}

}  // namespace talmach
