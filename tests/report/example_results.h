// Results of small evaluations, for tests of what is made of them.
#pragma once

#include <string>
#include <vector>

#include "evaluation/metric.h"
#include "evaluation/score_with.h"
#include "report/score_format.h"

namespace talmach {

inline MetricResult ExampleBleu() {
  return ScoreWith(MakeBleuMetric({}, "BLEU", 1), {"the cat sat on a mat"},
                   {{"the cat sat on the mat"}});
}

inline std::vector<SystemResult> TwoSystems() {
  std::vector<SystemResult> systems = {{.name = "baseline.de"}, {.name = "b.de"}};
  for (SystemResult& system : systems) system.metrics = {ExampleBleu()};
  systems[1].metrics[0].p_value = 0.0125;
  systems[1].metrics[0].confidence = {.mean = 50, .half_width = 2};
  return systems;
}

}  // namespace talmach
