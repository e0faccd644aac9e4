// The three readings of one row: its largest weight (hard), all weights from a threshold on, all
// weights (soft). Ties and thresholds are decided in float32, the precision the weights have, so
// that a threshold a user types as 0.2 is met by a weight that is 0.2.
#include "attention/attention_links.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace talmach {
namespace {

bool IsEnd(const std::string& unit) { return unit == kEndPiece; }

void ShiftMatrix(std::size_t source_length, std::vector<float>* values) {
  if (values->size() <= source_length) return;
  std::copy(values->begin() + static_cast<std::ptrdiff_t>(source_length), values->end(),
            values->begin());
}

// Six significant digits, whatever the locale.
void AppendNumber(float value, std::string* text) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 std::chars_format::general, 6)
                       .ptr;
  text->append(digits.data(), end);
}

}  // namespace

AttentionMap ShiftRows(const AttentionMap& map) {
  CheckShape(map);
  AttentionMap shifted = map;
  ShiftMatrix(map.source.size(), &shifted.weights);
  for (AttentionLayer& layer : shifted.layers) ShiftMatrix(map.source.size(), &layer.values);
  return shifted;
}

Alignment HardAlignment(const AttentionMap& map) {
  CheckShape(map);
  Alignment alignment;
  for (Index t = 0; t < map.target_length() && !map.source.empty(); ++t) {
    const auto row = map.Row(t);
    const Index s = std::max_element(row.begin(), row.end()) - row.begin();
    if (IsEnd(map.target[t]) || IsEnd(map.source[s])) continue;
    alignment.push_back({s, t});
  }
  std::sort(alignment.begin(), alignment.end());
  return alignment;
}

Alignment ThresholdAlignment(const AttentionMap& map, double threshold) {
  CheckShape(map);
  Alignment alignment;
  for (Index s = 0; s < map.source_length(); ++s) {
    for (Index t = 0; t < map.target_length(); ++t) {
      if (IsEnd(map.target[t]) || IsEnd(map.source[s])) continue;
      // A weight of 0.2 in float32 is a little more or less than the number 0.2 that users type.
      if (map.Row(t)[s] >= static_cast<float>(threshold)) alignment.push_back({s, t});
    }
  }
  return alignment;
}

std::string SoftAlignment(const AttentionMap& map) {
  CheckShape(map);
  std::string text;
  for (Index t = 0; t < map.target_length(); ++t) {
    if (t > 0) text += ' ';
    const auto row = map.Row(t);
    for (std::size_t s = 0; s < row.size(); ++s) {
      if (s > 0) text += ',';
      AppendNumber(row[s], &text);
    }
  }
  return text;
}

}  // namespace talmach
