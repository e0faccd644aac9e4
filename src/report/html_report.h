// An evaluation as one self-contained HTML page: scores, n-gram precisions, scores by length, how
// the scores of lines are spread, and the lines that systems differ in most. No scripts, no
// network; plots are inline SVG.
#pragma once

#include <string>
#include <vector>

#include "evaluation/analysis.h"
#include "report/line_differences.h"
#include "report/score_format.h"

namespace talmach {

/// One system of the report.
struct ReportSystem {
  SystemResult result;
  std::vector<LengthBucket> by_length = {};  // scored by the report's metric
  std::vector<double> line_scores = {};      // by the same metric
  InputFindings findings = {};
};

struct EvaluationReport {
  std::string title;
  std::string metric;     // the one of line scores and lengths
  std::string length_of;  // "source words" or "reference words"
  std::vector<ReportSystem> systems = {};
  std::vector<ReportLine> lines = {};
};

/// The page. Requires at least one system.
std::string HtmlReport(const EvaluationReport& report);

}  // namespace talmach
