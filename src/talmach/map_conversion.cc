// Tested by tests/talmach/attention_map_test.cc.
#include "talmach/map_conversion.h"

#include <utility>

namespace talmach::front {
namespace {

// Both have the same members.
template <typename To, typename From>
To ConvertMap(From map) {
  To result{.line = map.line,
            .source = std::move(map.source),
            .target = std::move(map.target),
            .weights = std::move(map.weights),
            .score = map.score};
  for (auto& layer : map.layers) {
    result.layers.push_back({.name = std::move(layer.name), .values = std::move(layer.values)});
  }
  return result;
}

}  // namespace

v1::AttentionMap ToPublic(AttentionMap map) { return ConvertMap<v1::AttentionMap>(std::move(map)); }

AttentionMap ToInternal(v1::AttentionMap map) { return ConvertMap<AttentionMap>(std::move(map)); }

}  // namespace talmach::front
