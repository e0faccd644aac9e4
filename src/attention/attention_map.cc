#include "attention/attention_map.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

// The double whose shortest decimal form is that of `value`: 0.1f is written as 0.1 and not as
// 0.10000000149011612, which halves the file and reads back as the same float.
double WithShortestDecimals(float value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  double result = 0;
  std::from_chars(digits.data(), end, result);
  return result;
}

Json MatrixToJson(const AttentionMap& map, const std::vector<float>& values) {
  Json rows = Json::array();
  for (std::size_t t = 0; t < map.target.size(); ++t) {
    Json row = Json::array();
    for (std::size_t s = 0; s < map.source.size(); ++s) {
      const float value = values[t * map.source.size() + s];
      if (!std::isfinite(value)) {
        throw NumericError({.where = "attention of line " + std::to_string(map.line),
                            .what = "a weight is not finite",
                            .hint = "the model's parameters may have diverged"});
      }
      row.push_back(WithShortestDecimals(value));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json PiecesToJson(const std::vector<std::string>& pieces) {
  Json result = Json::array();
  for (const std::string& piece : pieces) result.push_back(RepairUtf8(piece));
  return result;
}

}  // namespace

void CheckShape(const AttentionMap& map) {
  const std::size_t size = map.source.size() * map.target.size();
  Require(map.weights.size() == size, "attention weights must be [target, source]");
  for (const AttentionLayer& layer : map.layers) {
    Require(layer.values.size() == size, "an attention layer must be [target, source]");
  }
}

std::string ToJsonLine(const AttentionMap& map) {
  CheckShape(map);
  Json record = {{"line", map.line},
                 {"source", PiecesToJson(map.source)},
                 {"target", PiecesToJson(map.target)},
                 {"weights", MatrixToJson(map, map.weights)},
                 {"score", nullptr}};
  if (std::isfinite(map.score)) record["score"] = map.score;
  for (const AttentionLayer& layer : map.layers) {
    record["layers"][RepairUtf8(layer.name)] = MatrixToJson(map, layer.values);
  }
  return record.dump();
}

}  // namespace talmach
