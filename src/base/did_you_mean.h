// Suggestions for mistyped words: flags, commands, configuration keys, values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/types.h"

namespace talmach {

/// The fewest insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment, Damerau 1964), byte by byte.
Index EditDistance(std::string_view a, std::string_view b);

/// The candidate that `word` was probably meant to be: close to it, or beginning with it. Empty if
/// there is none; the first of equals.
std::string ClosestWord(std::string_view word, std::span<const std::string> candidates);

/// "did you mean X?", or "" if nothing is close: the hint of an error.
std::string DidYouMean(std::string_view word, std::span<const std::string> candidates);

}  // namespace talmach
