// BLEU, chrF and TER share no base class: a Metric is a handful of functions, each of which holds
// its own copy of the metric object. Whoever resamples or sorts lines needs to know nothing of
// n-grams or edits. Single lines have a score of their own because of BLEU alone: a line shorter
// than four words would otherwise be judged by n-grams that it cannot have.
#include "evaluation/metric.h"

#include <utility>

namespace talmach {

Metric MakeBleuMetric(const BleuOptions& options, const std::string& name, int num_threads) {
  const Bleu bleu(options, num_threads);
  BleuOptions line_options = options;
  line_options.effective_order = true;
  const Bleu line_bleu(line_options, num_threads);
  Metric metric{.name = name};
  metric.statistics = [bleu](Lines hypotheses, References references) {
    return bleu.Statistics(hypotheses, references);
  };
  metric.result = [bleu, name](std::span<const double> sums) {
    const BleuScore score = bleu.FromStatistics(sums);
    return MetricResult{.name = name, .score = score.score, .parts = score};
  };
  metric.signature = [bleu](const EvaluationSetting& setting) { return bleu.Signature(setting); };
  metric.score = [bleu](std::span<const double> sums) { return bleu.FromStatistics(sums).score; };
  metric.line_score = [line_bleu](std::span<const double> sums) {
    return line_bleu.FromStatistics(sums).score;
  };
  return metric;
}

Metric MakeChrfMetric(const ChrfOptions& options, int num_threads) {
  const Chrf chrf(options, num_threads);
  Metric metric{.name = chrf.Name()};
  metric.statistics = [chrf](Lines hypotheses, References references) {
    return chrf.Statistics(hypotheses, references);
  };
  metric.result = [chrf](std::span<const double> sums) {
    return MetricResult{.name = chrf.Name(), .score = chrf.FromStatistics(sums)};
  };
  metric.signature = [chrf](const EvaluationSetting& setting) { return chrf.Signature(setting); };
  metric.score = [chrf](std::span<const double> sums) { return chrf.FromStatistics(sums); };
  metric.line_score = metric.score;
  return metric;
}

Metric MakeTerMetric(const TerOptions& options, int num_threads) {
  const Ter ter(options, num_threads);
  Metric metric{.name = "TER"};
  metric.statistics = [ter](Lines hypotheses, References references) {
    return ter.Statistics(hypotheses, references);
  };
  metric.result = [ter](std::span<const double> sums) {
    const TerScore score = ter.FromStatistics(sums);
    return MetricResult{.name = "TER", .score = score.score, .parts = score};
  };
  metric.signature = [ter](const EvaluationSetting& setting) { return ter.Signature(setting); };
  metric.score = [ter](std::span<const double> sums) { return ter.FromStatistics(sums).score; };
  metric.line_score = metric.score;
  return metric;
}

MetricResult AlignmentResult(const AlignmentError& error) {
  return {.name = "AER", .score = 100 * error.ErrorRate(), .parts = error};
}

BleuOptions MultiBleuOptions(BleuTokenizer tokenizer, bool lower_case) {
  return {.tokenizer = std::move(tokenizer),
          .lower_case = lower_case,
          .smoothing = BleuSmoothing::kNone};
}

}  // namespace talmach
