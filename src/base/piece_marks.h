// How pieces are spelled wherever they are shown or kept: in vocabularies, attention records,
// labels. Spaces are U+2581, and with byte fallback a byte of a character without a piece is
// "<0xE6>".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace talmach {

/// SentencePiece's mark of a space, U+2581: pieces that begin words begin with it.
inline constexpr std::string_view kWordMark = "\u2581";

/// The piece of a byte, and the byte of such a piece.
std::string BytePiece(char byte);
std::optional<char> ByteOfPiece(std::string_view piece);

/// The pieces side by side, bytes put together into characters, which are repaired where some are
/// missing. Word marks become `space`, line breaks spaces: a line stays a line.
std::string JoinPieces(std::span<const std::string> pieces, std::string_view space);

}  // namespace talmach
