#include "config/resume_rule.h"

#include <algorithm>
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

std::string ChecksumOfText(const std::string& path) {
  if (path.empty()) return "";
  TextReader reader(path);
  Checksum checksum;
  for (std::string line; reader.ReadLine(&line);) checksum.Update(line + "\n");
  return checksum.Hex();
}

// One text for one corpus, a list for several.
nlohmann::json ChecksumsOfLinks(const Config& config) {
  nlohmann::json checksums = nlohmann::json::array();
  for (const CorpusOptions& corpus : CorporaWithLinks(config)) {
    checksums.push_back(ChecksumOfText(corpus.links));
  }
  return checksums.size() == 1 ? checksums.front() : checksums;
}

nlohmann::json FirstMetric(const Config& config) {
  return ToString(config.validation.metrics.front());
}

}  // namespace

bool IsCosine(const Config& config) { return config.training.schedule == ScheduleType::kCosine; }

bool IsTsv(const Config& config) { return !config.data.train.front().tsv.empty(); }

bool HasSeveralCorpora(const Config& config) { return config.data.train.size() > 1; }

bool IsMixedByWeights(const Config& config) {
  return config.data.mixing.type == CorpusMixing::kWeights;
}

bool HasLinks(const Config& config) {
  return std::ranges::any_of(CorporaWithLinks(config),
                             [](const CorpusOptions& corpus) { return !corpus.links.empty(); });
}

bool HasValidation(const Config& config) { return !ValidationSets(config).empty(); }

bool IsChosenByTranslations(const Config& config) {
  return HasValidation(config) && NeedsTranslations(config.validation.metrics.front());
}

bool HasScript(const Config& config) {
  const auto& metrics = config.validation.metrics;
  return HasValidation(config) &&
         std::ranges::find(metrics, ValidationMetric::kScript) != metrics.end();
}

ResumeRule PrecisionRule() {
  return {.change = ResumeRule::Change::kReported, .noted = PrecisionOfProducts};
}

ResumeRule ThreadsRule() {
  return {.change = ResumeRule::Change::kReported, .noted = ThreadsOfWorker};
}

ResumeRule LinksRule() {
  return {.change = ResumeRule::Change::kRefused, .noted = ChecksumsOfLinks};
}

ResumeRule LinksOfCorpusRule() {
  return {.change = ResumeRule::Change::kRefused, .matters = [](const Config&) { return false; }};
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
