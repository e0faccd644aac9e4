// Tested by tests/model/gradient_test.cc.
//
// Links come per pair; the guide is a matrix over packed rows. A target piece with n links shares 1
// equally among them, so a row of the guide sums to the weight w or to 0. The cost is measured in
// double precision and with α bounded from below by the smallest float, so that a weight that has
// underflowed costs a finite 87 nats. The gradient needs no such care: see attention_backward.cc.
#include "model/guided_alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace talmach {
namespace {

// Calls `visit(row, source, share)` for each link of the batch: α's row and column, and A. The
// links of a row do not follow each other.
template <typename Visit>
void ForEachLink(std::span<const SentencePair> pairs, const PackedBatch& packed,
                 const Visit& visit) {
  std::vector<Index> counts;  // |L_i| of the pieces of a target
  for (std::size_t i = 0; i < packed.order.size(); ++i) {
    const SentencePair& pair = pairs[packed.order[i]];
    counts.assign(pair.target.size(), 0);
    for (const AlignmentLink& link : pair.links) ++counts[link.target];
    for (const AlignmentLink& link : pair.links) {
      visit(packed.targets.Row(static_cast<Index>(i), link.target), link.source,
            1.0 / static_cast<double>(counts[link.target]));
    }
  }
}

}  // namespace

bool HasLinks(std::span<const SentencePair> pairs) {
  return std::ranges::any_of(pairs, [](const SentencePair& pair) { return !pair.links.empty(); });
}

void FillGuide(std::span<const SentencePair> pairs, const PackedBatch& packed, float weight,
               View guide) {
  std::ranges::fill(guide.span(), 0.0f);
  ForEachLink(pairs, packed, [&](Index row, Index source, double share) {
    guide(row, source) = weight * static_cast<float>(share);
  });
}

AlignmentCost CostOfAlignment(std::span<const SentencePair> pairs, const PackedBatch& packed,
                              ConstView attention) {
  AlignmentCost result;
  double num_aligned = 0;  // the shares of a row sum to one
  ForEachLink(pairs, packed, [&](Index row, Index source, double share) {
    const float alpha = std::max(attention(row, source), std::numeric_limits<float>::min());
    result.cost -= share * std::log(static_cast<double>(alpha));
    num_aligned += share;
  });
  result.num_aligned = std::llround(num_aligned);
  return result;
}

}  // namespace talmach
