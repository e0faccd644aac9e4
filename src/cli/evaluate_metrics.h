// The metrics that `talmach evaluate` was asked for.
#pragma once

#include <string>
#include <vector>

#include "cli/evaluate_options.h"
#include "evaluation/metric.h"

namespace talmach {

/// The tokenizer of BLEU where none is named: that of the language of the text. Throws ConfigError
/// if there is none.
std::string DefaultTokenizer(const EvaluateOptions& options);

/// The metrics, each once, in the order of their names, as sacreBLEU prints them.
std::vector<Metric> MakeMetrics(const EvaluateOptions& options);

}  // namespace talmach
