// Everything that an evaluation prints, in one of three formats.
#pragma once

#include <span>
#include <string>

#include "evaluation/metric.h"
#include "report/line_differences.h"

namespace talmach {

enum class ScoreFormat { kJson, kText, kLatex };

struct EvaluationLook {
  ScoreFormat format = ScoreFormat::kJson;
  int width = 1;            // decimals in text
  bool score_only = false;  // nothing but the numbers, unless systems are compared
  bool compare = false;     // with the lines that two systems differ most in
};

/// The scores of one system or a table of several, and what else was asked for.
std::string FormatEvaluation(std::span<const SystemResult> systems,
                             std::span<const ReportLine> differences, const EvaluationLook& look);

/// The score of one line of a corpus, itself one line; `compare` is ignored.
std::string FormatLineScore(const MetricResult& result, const EvaluationLook& look);

}  // namespace talmach
