// One interface for all metrics: what significance tests, analysis and reports need.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "evaluation/alignment_error.h"
#include "evaluation/analysis.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/significance.h"
#include "evaluation/statistics.h"
#include "evaluation/ter.h"

namespace talmach {

/// One metric's verdict on one system.
struct MetricResult {
  std::string name;  // "BLEU"
  double score = 0;
  std::string signature = {};
  std::optional<ConfidenceInterval> confidence = {};
  std::optional<double> p_value = {};
  /// What the score is made of, where it is more than one number.
  std::variant<std::monostate, BleuScore, TerScore, AlignmentError> parts = {};
  std::vector<LengthBucket> by_length = {};  // if asked for
};

/// All metrics' verdicts on one system.
struct SystemResult {
  std::string name;  // its file
  std::vector<MetricResult> metrics = {};
};

/// Functions of a metric; all are thread-safe.
struct Metric {
  std::string name;
  std::function<StatisticsTable(Lines, References)> statistics = {};
  /// Name, score and its parts; no signature.
  std::function<MetricResult(std::span<const double> sums)> result = {};
  std::function<std::string(const EvaluationSetting&)> signature = {};
  ScoreFunction score = {};       // of a corpus
  ScoreFunction line_score = {};  // of one line: for BLEU with effective order
};

/// `name` is "BLEU", or "multi-bleu" for the papers' metric.
Metric MakeBleuMetric(const BleuOptions& options, const std::string& name, int num_threads);
Metric MakeChrfMetric(const ChrfOptions& options, int num_threads);
Metric MakeTerMetric(const TerOptions& options, int num_threads);

/// The verdict on the links of a system.
MetricResult AlignmentResult(const AlignmentError& error);

/// The options of multi-bleu for a tokenizer ("none" for given tokens): no smoothing.
BleuOptions MultiBleuOptions(BleuTokenizer tokenizer, bool lower_case);

}  // namespace talmach
