// The scores of the lines of each length, as text and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "evaluation/analysis.h"
#include "report/score_format.h"

namespace talmach {

/// [{"length": "0-10", "lines": 7, "score": 31.4}, …]: the detail `by_length` of a MetricResult.
nlohmann::ordered_json LengthJson(std::span<const LengthBucket> buckets);

/// A table for every result that has the detail `by_length`; `width` is the number of decimals.
std::string LengthText(std::span<const SystemResult> systems, int width);

}  // namespace talmach
