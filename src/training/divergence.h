// Remembers the updates that failed because loss, gradient or the new weights were not finite, to
// name the corpus lines behind them when training has to be given up.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "text/batch.h"
#include "text/tokenizer.h"
#include "training/model_updater.h"

namespace talmach {

/// "loss nan, gradient norm inf" or "…, weights that are not finite", for an update that failed.
std::string DescribeFailure(const UpdateResult& result);

class DivergenceReport {
 public:
  /// Where there are several corpora, "2:7" names line 7 of the second.
  explicit DivergenceReport(bool has_several_corpora) : has_several_(has_several_corpora) {}

  /// Remembers the lines of a failed update.
  void Add(Index update, const UpdateResult& result, std::span<const Batch> batches);
  /// Forgets everything, after an update that succeeded.
  void Clear() { updates_.clear(); }

  /// Writes the lines to `path` and throws NumericError, which names `update`, the last one, and
  /// some lines. Those of updates that failed before the run was resumed are not known.
  [[noreturn]] void GiveUp(Index update, const std::string& path, const Tokenizer& source,
                           const Tokenizer& target) const;

 private:
  struct FailedUpdate {
    Index update;
    UpdateResult result;
    std::vector<SentencePair> pairs;
  };
  bool has_several_;
  std::vector<FailedUpdate> updates_;
};

}  // namespace talmach
