// The scores of the lines of each length, as text and JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "evaluation/metric.h"

namespace talmach {

/// [{"length": "0-10", "lines": 7, "score": 31.4}, …].
nlohmann::ordered_json LengthJson(std::span<const LengthBucket> buckets);

/// A table for every result with scores by length; `width` is the number of decimals.
std::string LengthText(std::span<const SystemResult> systems, int width);

}  // namespace talmach
