#include "heatmap/pharaoh.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <set>

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

// The growing set of links with the words it has reached.
class Growth {
 public:
  Growth(const Alignment& forward, const Alignment& backward) {
    std::set_union(forward.begin(), forward.end(), backward.begin(), backward.end(),
                   std::inserter(candidates_, candidates_.end()));
    Alignment both;
    std::set_intersection(forward.begin(), forward.end(), backward.begin(), backward.end(),
                          std::back_inserter(both));
    for (const AlignmentLink& link : both) Add(link);
  }

  // Adds neighbours of links, diagonal ones too, until nothing changes. Links are visited target by
  // target as in the original description, since the order decides between rivals.
  void GrowDiagonally() {
    for (bool grown = true; grown;) {
      grown = false;
      std::vector<AlignmentLink> links(links_.begin(), links_.end());
      std::sort(links.begin(), links.end(), ByTarget);
      for (const AlignmentLink& link : links) grown |= GrowAround(link);
    }
  }

  // Adds links that join two words without any.
  void Finish(const Alignment& alignment) {
    for (const AlignmentLink& link : alignment) {
      if (!sources_.contains(link.source) && !targets_.contains(link.target)) Add(link);
    }
  }

  Alignment Result() const { return {links_.begin(), links_.end()}; }

 private:
  static bool ByTarget(const AlignmentLink& a, const AlignmentLink& b) {
    return std::pair(a.target, a.source) < std::pair(b.target, b.source);
  }

  bool GrowAround(const AlignmentLink& link) {
    static constexpr std::array<AlignmentLink, 8> kNeighbours = {
        {{0, -1}, {-1, 0}, {0, 1}, {1, 0}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}};
    bool grown = false;
    for (const AlignmentLink& step : kNeighbours) {
      const AlignmentLink next{link.source + step.source, link.target + step.target};
      const bool is_new = !sources_.contains(next.source) || !targets_.contains(next.target);
      if (!is_new || !candidates_.contains(next)) continue;
      Add(next);
      grown = true;
    }
    return grown;
  }

  void Add(const AlignmentLink& link) {
    links_.insert(link);
    sources_.insert(link.source);
    targets_.insert(link.target);
  }

  std::set<AlignmentLink> candidates_;
  std::set<AlignmentLink> links_;
  std::set<Index> sources_;
  std::set<Index> targets_;
};

}  // namespace

AttentionMap ShiftRows(const AttentionMap& map) {
  CheckShape(map);
  AttentionMap shifted = map;
  ShiftMatrix(map.source.size(), &shifted.weights);
  for (AttentionLayer& layer : shifted.layers) ShiftMatrix(map.source.size(), &layer.values);
  return shifted;
}

Alignment HardAlignment(const AttentionMap& map, EndLinks end_links) {
  CheckShape(map);
  const bool drop = end_links == EndLinks::kDrop;
  Alignment alignment;
  for (Index t = 0; t < map.target_length() && !map.source.empty(); ++t) {
    const auto row = map.Row(t);
    const Index s = std::max_element(row.begin(), row.end()) - row.begin();
    if (drop && (IsEnd(map.target[t]) || IsEnd(map.source[s]))) continue;
    alignment.push_back({s, t});
  }
  std::sort(alignment.begin(), alignment.end());
  return alignment;
}

Alignment ThresholdAlignment(const AttentionMap& map, double threshold, EndLinks end_links) {
  CheckShape(map);
  const bool drop = end_links == EndLinks::kDrop;
  Alignment alignment;
  for (Index s = 0; s < map.source_length(); ++s) {
    for (Index t = 0; t < map.target_length(); ++t) {
      if (drop && (IsEnd(map.target[t]) || IsEnd(map.source[s]))) continue;
      // A weight of 0.2 in float32 is a little more or less than the number 0.2 that users type.
      if (map.Row(t)[s] >= static_cast<float>(threshold)) alignment.push_back({s, t});
    }
  }
  return alignment;
}

std::string ToPharaoh(const Alignment& alignment) {
  std::string text;
  for (const AlignmentLink& link : alignment) {
    if (!text.empty()) text += ' ';
    text += std::to_string(link.source) + "-" + std::to_string(link.target);
  }
  return text;
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

Alignment Transpose(const Alignment& reverse) {
  Alignment alignment;
  for (const AlignmentLink& link : reverse) alignment.push_back({link.target, link.source});
  std::sort(alignment.begin(), alignment.end());
  return alignment;
}

Alignment GrowDiagFinalAnd(const Alignment& forward, const Alignment& backward) {
  Growth growth(forward, backward);
  growth.GrowDiagonally();
  growth.Finish(forward);
  growth.Finish(backward);
  return growth.Result();
}

}  // namespace talmach
