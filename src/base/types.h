// The integer types used everywhere.
#pragma once

#include <cstdint>

namespace talmach {

/// Sizes, counts and offsets. Signed, so that differences and reverse loops are safe.
using Index = std::int64_t;

/// A row of an embedding matrix: the id of a vocabulary piece.
using TokenId = std::int32_t;

/// Ids that every vocabulary reserves. `<pad>` exists in no vocabulary.
inline constexpr TokenId kUnknownId = 0;  // <unk>
inline constexpr TokenId kBeginId = 1;    // <s>
inline constexpr TokenId kEndId = 2;      // </s>

/// The smallest multiple of `multiple` that is not below `value` (both non-negative).
constexpr Index RoundUp(Index value, Index multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace talmach
