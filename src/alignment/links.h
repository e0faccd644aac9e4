// Word alignments: which positions of two sentences translate each other, in the Pharaoh format of
// statistical translation, `0-0 1-2`: source-target, positions from 0, a line per sentence pair.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// A pair of positions that translate each other.
struct AlignmentLink {
  Index source = 0;
  Index target = 0;
  auto operator<=>(const AlignmentLink&) const = default;
};

/// The links of a sentence pair, sorted by source, then target, each once.
using Alignment = std::vector<AlignmentLink>;

/// "0-0 1-2".
std::string ToPharaoh(const Alignment& alignment);

/// The links of a line, sorted. Throws DataError naming `where` ("train.links:12") for anything
/// that is no link.
Alignment ParsePharaoh(std::string_view line, const std::string& where);

/// The links with the sides swapped: those of a model of the opposite direction, seen from this
/// one.
Alignment Transpose(const Alignment& reverse);

}  // namespace talmach
