// What a metric says about a few lines.
#pragma once

#include <string>
#include <vector>

#include "evaluation/metric.h"

namespace talmach {

inline MetricResult ScoreWith(const Metric& metric, const std::vector<std::string>& hypotheses,
                              const std::vector<std::vector<std::string>>& references) {
  MetricResult result = metric.result(metric.statistics(hypotheses, references).Sum());
  result.signature = metric.signature({.num_references = CountReferences(references)});
  return result;
}

}  // namespace talmach
