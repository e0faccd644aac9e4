// Word alignments read off attention: which source position each target position comes from, in the
// Pharaoh format of statistical translation, `0-0 1-2`: source-target, positions from 0.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/types.h"
#include "heatmap/attention_map.h"

namespace talmach {

/// A pair of positions that translate each other.
struct AlignmentLink {
  Index source = 0;
  Index target = 0;
  auto operator<=>(const AlignmentLink&) const = default;
};

/// The links of a sentence pair, sorted by source, then target, each once.
using Alignment = std::vector<AlignmentLink>;

/// One link for every target unit: its most attended source unit, the first one of equals. "</s>"
/// has no links on either side: of a unit that looks at it most the model says it has no source.
Alignment HardAlignment(const AttentionMap& map);

/// Every pair with a weight of at least `threshold`, "</s>" left out.
Alignment ThresholdAlignment(const AttentionMap& map, double threshold);

/// "0-0 1-2".
std::string ToPharaoh(const Alignment& alignment);

/// All weights in Marian's format for soft alignments: those of a target unit joined by commas, the
/// units by spaces, "</s>" included on both sides; six significant digits.
std::string SoftAlignment(const AttentionMap& map);

}  // namespace talmach
