// Both means are over target pieces. Averaging over all other source pieces gives what drawing one
// of them at random would lose on average, without drawing: no seed, no noise.
#include "attention/removal_effect.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace talmach {

void RemovalEffect::Add(const AttentionMap& map, std::string_view layer) {
  CheckShape(map);
  const auto found = std::ranges::find(map.layers, layer, &AttentionLayer::name);
  Require(found != map.layers.end(), "the map has the leave-one-out layer");
  std::vector<Index> pieces;  // that may be removed
  for (Index s = 0; s < map.source_length(); ++s) {
    if (map.source[s] != kEndPiece) pieces.push_back(s);
  }
  if (pieces.size() < 2) return;
  for (Index t = 0; t < map.target_length(); ++t) {
    const auto weights = map.Row(t);
    const float* losses = found->values.data() + t * map.source_length();
    const Index top = *std::ranges::max_element(pieces, {}, [&](Index s) { return weights[s]; });
    double others = 0;
    for (const Index s : pieces) others += s == top ? 0 : losses[s];
    top_sum_ += losses[top];
    random_sum_ += others / static_cast<double>(pieces.size() - 1);
    ++num_target_pieces_;
  }
}

RemovalNumbers RemovalEffect::Numbers() const {
  const auto count = static_cast<double>(num_target_pieces_);
  return {.top = top_sum_ / count,
          .random = random_sum_ / count,
          .num_target_pieces = num_target_pieces_};
}

}  // namespace talmach
