// Translation edit rate: edits (see edit_distance.h) per reference word, in percent; lower is
// better. With several references the fewest edits and the average length count, as in sacreBLEU.
#pragma once

#include <span>
#include <string>

#include "evaluation/signature.h"
#include "evaluation/statistics.h"
#include "evaluation/ter_tokenizer.h"

namespace talmach {

struct TerScore {
  double score = 0;  // percent, may exceed 100
  Index num_edits = 0;
  double reference_length = 0;  // words, averaged over the references of each line
  std::string signature = {};
};

/// The metric for one set of options. Thread-safe.
class Ter {
 public:
  explicit Ter(TerOptions options = {}, int num_threads = 0)
      : options_(options), num_threads_(num_threads) {}

  /// Scores a corpus; the requirements on lines are those of Bleu::Corpus.
  TerScore Corpus(Lines hypotheses, References references) const;

  /// Per line: edits, reference length.
  StatisticsTable Statistics(Lines hypotheses, References references) const;

  /// The score of column sums of `Statistics`. Without signature.
  TerScore FromStatistics(std::span<const double> sums) const;

  std::string Signature(const EvaluationSetting& setting) const;

 private:
  struct Scratch;
  void LineStatistics(std::string_view hypothesis, const std::vector<std::string_view>& references,
                      Scratch* scratch, std::span<double> statistics) const;

  TerOptions options_;
  int num_threads_;
};

}  // namespace talmach
