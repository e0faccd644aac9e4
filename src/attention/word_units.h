// From pieces to words. Users think in words, the model in pieces; attention to a word is the sum
// over its source pieces and attention from a word the mean over its target pieces, so that rows
// still sum to one.
//
// A word begins at a piece that carries SentencePiece's mark U+2581, so words are what white space
// separates: a text in a script without spaces is one word, and its pieces say more. "</s>" is
// always a unit of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "base/types.h"

namespace talmach {

/// What rows and columns of a picture or numbers in an alignment stand for.
enum class Units { kPiece, kWord };

/// The pieces [begin, end) of one word.
struct WordSpan {
  Index begin = 0;
  Index end = 0;
  bool operator==(const WordSpan&) const = default;
};

/// The words of a sentence, in order; together they cover every piece once.
std::vector<WordSpan> FindWords(std::span<const std::string> pieces);

/// The map in word units; layers are merged in the same way. Merge only once: the words of a merged
/// map carry no marks, so merging it again would join them.
AttentionMap MergeWords(const AttentionMap& map);

/// `map` itself or merged into words, as `units` says.
AttentionMap InUnits(const AttentionMap& map, Units units);

}  // namespace talmach
