// The links of guided alignment training on their way from a file to the model: given between
// words, needed between the pieces that a tokenizer has just made of them. Internal to text, but
// for CheckLinks.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "alignment/links.h"
#include "base/types.h"
#include "text/corpus_options.h"
#include "text/tokenizer.h"

namespace talmach {

/// The links of a line of Pharaoh format between the words (see SplitWords) of `source` and
/// `target`. Throws DataError that starts with `where` if it is malformed or names a word that does
/// not exist.
Alignment ParseWordLinks(std::string_view line, std::string_view source, std::string_view target,
                         const std::string& where);

/// Reads a parallel corpus and its links to their ends, calling `between_lines` after each, so that
/// training does not meet a bad line hours after its start. Throws DataError as ParseWordLinks
/// does, or if the numbers of lines differ.
void CheckLinks(const CorpusOptions& options, const std::function<void()>& between_lines);

/// A text and the pieces it was divided into.
struct TokenizedText {
  std::string_view text;
  const Tokenizer& tokenizer;
  std::span<const TokenId> tokens;  // without </s>
};

/// Links between the pieces of linked words, each with each. A word's pieces begin with the one
/// that follows a space. False, and no links, if marks and white space do not
/// have the same number of words, as where normalisation turned a character into a space.
bool LinksBetweenPieces(const Alignment& words, const TokenizedText& source,
                        const TokenizedText& target, Alignment* pieces);

}  // namespace talmach
