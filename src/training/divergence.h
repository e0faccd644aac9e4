// Remembers the updates that were skipped because loss or gradient was not finite, to name the
// corpus lines behind them when training has to be given up.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/seq2seq_model.h"
#include "text/batch.h"
#include "text/tokenizer.h"

namespace talmach {

class DivergenceReport {
 public:
  /// Remembers the lines of a skipped update.
  void Add(Index update, double loss, double gradient_norm, std::span<const Batch> batches);
  /// Forgets everything: an update went well.
  void Clear() { updates_.clear(); }

  /// Writes the lines to `path` and throws NumericError that names the last update and some lines.
  [[noreturn]] void GiveUp(const std::string& path, const Tokenizer& source,
                           const Tokenizer& target) const;

 private:
  struct SkippedUpdate {
    Index update;
    double loss;  // sum over the update
    double gradient_norm;
    std::vector<SentencePair> pairs;
  };
  std::vector<SkippedUpdate> updates_;
};

}  // namespace talmach
