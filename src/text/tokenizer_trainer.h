// Builds a tokenizer from text: a SentencePiece model, or the list of the pieces that are in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/types.h"

namespace talmach {

/// How a tokenizer is built.
struct TokenizerTrainerOptions {
  enum class Type { kUnigram, kBpe, kChar, kWord, kGiven };
  enum class Normalization { kNmtNfkc, kNfkc, kNmtNfkcFolded, kNfkcFolded, kIdentity };

  /// Text files, plain, .gz or .zst; all together give one model.
  std::vector<std::string> inputs = {};
  std::vector<Index> columns = {};  // of each input, from 1, separated by tabs, or 0: whole lines;
                                    // empty: whole lines of all
  std::string model_prefix = {};    // writes <model_prefix>.model and <model_prefix>.vocab
  Index vocabulary_size = 8000;     // pieces, the three reserved ones included
  Type type = Type::kUnigram;       // given: the text is in pieces already
  float character_coverage = 1.0f;  // share of the text's characters that get a piece, 0.98 to 1
  Index input_sentence_size = 0;    // train on this many random lines; 0: on all
  std::uint64_t seed = 1;           // of that choice

  std::vector<std::string> symbols = {};  // pieces as they stand here, never split
  bool byte_fallback = false;             // characters without a piece become pieces of a byte
  Normalization normalization = Normalization::kNmtNfkc;
  bool split_digits = false;            // every digit is a piece
  bool split_by_unicode_script = true;  // no piece has letters of two scripts
  bool split_by_whitespace = true;      // no piece reaches over a space
  Index max_sentencepiece_length = 16;  // characters of a piece
  Index max_sentence_length = 4192;     // bytes; longer lines are left out
};

/// What is wrong with the symbols, or with the vocabulary size that has to hold them: empty,
/// doubled or reserved ones, white space. `where` is left to the caller.
std::optional<Complaint> FindSymbolMistake(const TokenizerTrainerOptions& options);

/// What came out.
struct TokenizerTrainerResult {
  std::string model_path = {};
  Index vocabulary_size = 0;  // below the requested size if the text has too few pieces
  Index num_lines = 0;        // lines trained on (those with letters or digits)
  std::string notice = {};    // empty, or one line on a lowered vocabulary size (already logged)
};

/// Trains and writes the model (atomically). Of given pieces the most frequent are taken. Same
/// options and inputs, same bytes. A vocabulary size beyond what the text can give is lowered with
/// a notice. Throws DataError if an input cannot be read or is empty, ConfigError if an option is
/// impossible (a vocabulary size below the number of characters and symbols), Error if the model
/// cannot be written. Throws Interrupted once a stop is asked for (base/stop.h); as SentencePiece
/// cannot be asked, the thread in which it works then goes on until the process ends.
TokenizerTrainerResult TrainTokenizer(const TokenizerTrainerOptions& options);

}  // namespace talmach
