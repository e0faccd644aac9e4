// Lines whose bytes or characters look as if they had been written in another encoding than UTF-8,
// or had been decoded with a wrong one before.
#pragma once

#include <cstddef>
#include <string_view>

namespace talmach {

enum class EncodingDoubt {
  kNone,
  kUtf16,       // every fourth byte or more is NUL
  kSingleByte,  // not UTF-8, and no non-ASCII character of it is: Latin-1, Windows-1252, KOI8 …
  kInvalid,     // not UTF-8, or with NUL, in some other way
  kReplaced,    // UTF-8 with U+FFFD: characters were lost before
  kDoubleEncoded,  // UTF-8 that was read as Windows-1252 and written as UTF-8 again: "Ã¼" for "ü"
};
inline constexpr std::size_t kNumEncodingDoubts = 6;

/// "none", "utf16", "single_byte", "invalid", "replaced", "double_encoded".
std::string_view ToString(EncodingDoubt doubt);

/// What is to be said of a line as it is in the file. What looks double encoded is guessed: letters
/// that come in this order in no known language, or twice in a line where they might.
EncodingDoubt DoubtOf(std::string_view line);

}  // namespace talmach
