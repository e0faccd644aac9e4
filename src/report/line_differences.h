// The lines that two systems translated differently well, as text and JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "evaluation/evaluated_corpus.h"

namespace talmach {

/// A line shown in full.
struct ReportLine {
  Index line = 0;  // from 0
  std::string source = {};
  std::vector<std::string> references = {};
  std::vector<std::string> hypotheses = {};  // one for each system
  std::vector<double> scores = {};           // likewise
};

/// The `count` lines in which the first two systems differ most by the first metric's score of the
/// line. Texts and statistics must have been kept.
std::vector<ReportLine> FindDifferences(const EvaluatedCorpus& corpus, Index count);

/// A paragraph for each line: its number, the scores of two systems by `metric`, and all texts.
std::string DifferencesText(std::span<const ReportLine> lines,
                            std::span<const SystemResult> systems, const std::string& metric);

/// [{"line": …, "scores": […], "source": …, "references": […], "hypotheses": […]}, …], lines
/// from 1.
nlohmann::ordered_json DifferencesJson(std::span<const ReportLine> lines);

}  // namespace talmach
