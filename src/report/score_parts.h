// What a score is made of, as text and JSON, named as in sacreBLEU.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "evaluation/metric.h"

namespace talmach {

/// What stands behind the score: "60.1/40.2/30.3/20.4 (BP = 0.959 ratio = 0.960 hyp_len = 100
/// ref_len = 104)" of BLEU, the numbers of links of AER, nothing of other metrics.
std::string PartsText(const MetricResult& result);

/// The members of a score beyond its name and signature; the scores by length last.
nlohmann::ordered_json PartsJson(const MetricResult& result);

}  // namespace talmach
