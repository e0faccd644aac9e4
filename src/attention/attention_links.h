// Alignments read off attention: which source position each target position comes from.
//
// A decoder whose attention at step i is computed before y_i is known may look at the source of y_i
// only one step later: shift the rows first (Zenkel et al. 2019, "Adding interpretable attention to
// neural translation models improves word alignment"; Chen et al. 2020, "Accurate word alignment
// induction from neural machine translation"). For links between words instead of pieces merge
// after that: HardAlignment(MergeWords(ShiftRows(map))).
#pragma once

#include <string>

#include "alignment/links.h"
#include "attention/attention_map.h"

namespace talmach {

/// The map whose row t is row t + 1 of `map` (layers too); the last row stays, as nothing follows.
AttentionMap ShiftRows(const AttentionMap& map);

/// One link for every target unit, to the source unit it attends to most; ties go to the first.
/// "</s>" has no links on either side: a target unit that attends to it most has no source, so the
/// model says.
Alignment HardAlignment(const AttentionMap& map);

/// Every pair with a weight of at least `threshold`, "</s>" left out.
Alignment ThresholdAlignment(const AttentionMap& map, double threshold);

/// All weights in Marian's format for soft alignments: the weights of a target unit are joined by
/// commas and the units by spaces, "</s>" included on both sides; six significant digits.
std::string SoftAlignment(const AttentionMap& map);

}  // namespace talmach
