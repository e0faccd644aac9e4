#include "report/length_scores.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace talmach {

using Json = nlohmann::ordered_json;

Json LengthJson(std::span<const LengthBucket> buckets) {
  Json list = Json::array();
  for (const LengthBucket& bucket : buckets) {
    list.push_back(
        {{"length", bucket.Label()}, {"lines", bucket.num_lines}, {"score", bucket.score}});
  }
  return list;
}

std::string LengthText(std::span<const SystemResult> systems, int width) {
  std::string text;
  for (const SystemResult& system : systems) {
    for (const MetricResult& result : system.metrics) {
      if (result.by_length.empty()) continue;
      text += fmt::format("\n{} of {} by words\n", result.name, system.name);
      for (const LengthBucket& bucket : result.by_length) {
        text += fmt::format("{:>9} {:>9.{}f}  {} lines\n", bucket.Label(), bucket.score, width,
                            bucket.num_lines);
      }
    }
  }
  return text;
}

}  // namespace talmach
