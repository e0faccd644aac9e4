#include "text/corpus_tag.h"

#include <algorithm>
#include <vector>

#include "alignment/words.h"

namespace talmach {

std::string FindSplitWord(std::string_view tag, const Tokenizer& tokenizer) {
  for (const std::string_view word : SplitWords(tag)) {
    // Beside the piece there may be one for the space before or after it.
    const TokenId piece = tokenizer.IdOf(word);
    const std::vector<TokenId> tokens = tokenizer.Encode(word);
    const bool is_whole =
        piece != kUnknownId && tokens.size() <= 2 && std::ranges::count(tokens, piece) == 1;
    if (!is_whole) return std::string(word);
  }
  return "";
}

}  // namespace talmach
