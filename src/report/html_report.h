// An evaluation as one self-contained HTML page: scores, n-gram precisions, scores by length, how
// the scores of lines are distributed, and the lines on which systems differ most. No scripts, no
// network; plots are inline SVG.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/analysis.h"
#include "evaluation/evaluated_corpus.h"
#include "report/line_differences.h"

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

/// The report on the judged `systems` of a corpus that has kept its statistics:
/// by its first metric, for lengths that end at `edges`, which may be empty for
/// the usual ones. Without title, `length_of` and lines.
EvaluationReport MakeReport(const EvaluatedCorpus& corpus, const std::vector<SystemResult>& systems,
                            std::span<const Index> edges);

/// The page. Requires at least one system.
std::string HtmlReport(const EvaluationReport& report);

}  // namespace talmach
