// Word alignments read off attention: which source position each target position comes from, in the
// Pharaoh format of statistical translation, `0-0 1-2`: source-target, positions from 0.
//
// Attention at step i is computed before y_i is known, so the link of y_i is often seen better in
// the row of the next step: shift the rows first (Zenkel et al. 2019, "Adding interpretable
// attention to neural translation models improves word alignment", and Ding et al. 2019). For links
// between words instead of pieces merge after that: HardAlignment(MergeWords(ShiftRows(map))).
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

/// Whether the units "</s>" on either side may have links. Position numbers do not depend on it.
enum class EndLinks { kDrop, kKeep };

/// The map whose row t is row t + 1 of `map` (layers too); the last row stays, as nothing follows.
AttentionMap ShiftRows(const AttentionMap& map);

/// One link for every target unit: its most attended source unit, the first one of equals. With
/// EndLinks::kDrop a unit that looks at "</s>" most has none: the model says it has no source.
Alignment HardAlignment(const AttentionMap& map, EndLinks end_links = EndLinks::kDrop);

/// Every pair with a weight of at least `threshold`.
Alignment ThresholdAlignment(const AttentionMap& map, double threshold,
                             EndLinks end_links = EndLinks::kDrop);

/// "0-0 1-2".
std::string ToPharaoh(const Alignment& alignment);

/// All weights in Marian's format for soft alignments: those of a target unit joined by commas, the
/// units by spaces, "</s>" included on both sides; six significant digits.
std::string SoftAlignment(const AttentionMap& map);

/// The links of `reverse`, from a model of the opposite direction, seen from this one.
Alignment Transpose(const Alignment& reverse);

/// Joins alignments of the two directions by grow-diag-final-and (Koehn et al. 2005, "Edinburgh
/// system description for the 2005 IWSLT speech translation evaluation"): starts from the links in
/// both, adds neighbours from either that reach an unlinked word, then links from either whose
/// words are both unlinked. Both have the same side as source, see Transpose.
Alignment GrowDiagFinalAnd(const Alignment& forward, const Alignment& backward);

}  // namespace talmach
