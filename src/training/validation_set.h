// The sets of pairs the model is validated on, and what its scores on them are called.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "text/batch.h"
#include "text/tokenizer.h"

namespace talmach {

struct ValidationSet {
  std::string name = {};                  // in records
  std::vector<std::string> sources = {};  // raw lines
  std::vector<std::string> references = {};
  std::vector<Batch> batches = {};  // for the cross-entropy

  /// Reads the set. Lines with an empty side are left out; pairs with more than `max_length` tokens
  /// on a side do not count for the cross-entropy (but are translated). Throws DataError if a file
  /// cannot be read, the line counts differ, a column is missing or nothing is left.
  static ValidationSet Read(const CorpusOptions& files, Index max_length,
                            const Tokenizer& source_tokenizer, const Tokenizer& target_tokenizer);
};

/// The names of all scores, set by set, in the order of the metrics: "bleu", and "captions.bleu" of
/// a set that is not the first. The first of them decides what is best. Empty without validation.
std::vector<std::string> ScoreNames(const Config& config);

}  // namespace talmach
