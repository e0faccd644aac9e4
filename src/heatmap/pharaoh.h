// Alignments read off attention: which source position each target position comes from.
#pragma once

#include <string>

#include "alignment/links.h"
#include "heatmap/attention_map.h"

namespace talmach {

/// One link for every target unit: its most attended source unit, the first one of equals. "</s>"
/// has no links on either side: of a unit that looks at it most the model says it has no source.
Alignment HardAlignment(const AttentionMap& map);

/// Every pair with a weight of at least `threshold`, "</s>" left out.
Alignment ThresholdAlignment(const AttentionMap& map, double threshold);

/// All weights in Marian's format for soft alignments: those of a target unit joined by commas, the
/// units by spaces, "</s>" included on both sides; six significant digits.
std::string SoftAlignment(const AttentionMap& map);

}  // namespace talmach
