// Vocabularies of text that is in pieces already, divided by spaces: made by subword-nmt
// ("foo@@ bar"), by SentencePiece ("▁foo bar ▁baz"), or words. Internal to text, but for
// ReadVocabularyFile and MakePieceList.
//
// Where a tokenizer is kept, they are a piece list: a line "#talmach-pieces N" and then N pieces, a
// line each, in the order of their ids, <unk>, <s> and </s> first.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"
#include "text/corpus_side.h"

namespace talmach {

/// The parts of a line between ASCII white space: its pieces.
std::vector<std::string_view> SplitGivenPieces(std::string_view text);

/// Reads a vocabulary file as other programs write it: a piece per line, and perhaps its count in a
/// second column; plain, .gz or .zst. The pieces keep their order; <unk>, <s>, </s>, <pad> and
/// <blank> are left out wherever they stand. Throws DataError if the file is missing, has no
/// pieces, a piece twice, or other columns.
std::vector<std::string> ReadVocabularyFile(const std::string& path);

/// The pieces of sides of corpora with their counts, the most frequent first, equally frequent ones
/// in the order of their bytes; adds the number of lines that have pieces to `*num_lines`.
std::vector<std::pair<std::string, Index>> CountGivenPieces(const std::vector<CorpusSide>& sides,
                                                            Index* num_lines);

/// The piece list of `symbols` and then `pieces`, each once.
std::string MakePieceList(const std::vector<std::string>& symbols,
                          const std::vector<std::string>& pieces);
bool IsPieceList(std::string_view bytes);
/// The pieces of a list, reserved ones included. Throws CheckpointError that begins with `path` if
/// it is damaged.
std::vector<std::string> ParsePieceList(const std::string& path, std::string_view bytes);

}  // namespace talmach
