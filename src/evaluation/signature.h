// The line that makes a score reproducible, in sacreBLEU's form (Post 2018, "A Call for Clarity in
// Reporting BLEU Scores"): key:value pairs joined by "|", ending in this program's version.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// What a signature says about the evaluation rather than the metric.
struct EvaluationSetting {
  Index num_references = 1;                      // -1: varies from line to line
  std::optional<Index> num_resamples = {};       // of a bootstrap
  std::optional<Index> num_randomisations = {};  // trials of approximate randomisation
  std::optional<std::string> seed = {};  // of either: a number, or "none" for one drawn anew
  bool short_names = false;              // "#:1|c:mixed" instead of "nrefs:1|case:mixed"
};

struct SignatureField {
  std::string_view name;
  std::string_view short_name;
  std::string value;
};
using SignatureFields = std::vector<SignatureField>;

/// "nrefs:1|bs:1000|seed:12345|case:mixed|…|version:talmach-0.1.0" with the metric's own `fields`
/// between.
std::string JoinSignature(const EvaluationSetting& setting, const SignatureFields& fields);

}  // namespace talmach
