// chrF (Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015) and chrF++
// (Popović 2017, with word n-grams of orders 1 and 2), with sacreBLEU's numbers:
//
//   chrFβ = 100 (1 + β²) P R / (β² P + R),
//
// P and R being precision and recall of n-grams averaged over the orders that both sides have.
// Counts are summed over the corpus first. Of several references the one with the best score of the
// line counts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/signature.h"
#include "evaluation/statistics.h"

namespace talmach {

struct ChrfOptions {
  Index character_order = 6;       // longest n-grams of characters
  Index word_order = 0;            // longest n-grams of words; 2 is chrF++
  Index beta = 2;                  // how many times more recall counts than precision
  bool lower_case = false;         // compare without case
  bool whitespace = false;         // keep white space among the characters
  bool epsilon_smoothing = false;  // average F over all orders, as chrF++.py, NLTK and Moses do
};

struct ChrfScore {
  double score = 0;  // 0 … 100
  std::string signature = {};
};

/// The metric for one set of options. Thread-safe.
class Chrf {
 public:
  /// Throws ConfigError for orders or a beta that make no sense.
  explicit Chrf(ChrfOptions options = {}, int num_threads = 0);

  /// "chrF2", "chrF2++".
  std::string Name() const;

  /// Scores a corpus; the requirements on lines are those of Bleu::Corpus.
  ChrfScore Corpus(Lines hypotheses, References references) const;

  /// Per line and order (characters, then words): n-grams of the hypothesis, of the reference, and
  /// common ones.
  StatisticsTable Statistics(Lines hypotheses, References references) const;

  /// The score of column sums of `Statistics`.
  double FromStatistics(std::span<const double> sums) const;

  std::string Signature(const EvaluationSetting& setting) const;

 private:
  struct Scratch;
  Index NumOrders() const { return options_.character_order + options_.word_order; }
  /// Symbols of a line: code points and ids of words.
  void Read(std::string_view line, Scratch* scratch, std::vector<std::uint32_t>* characters,
            std::vector<std::uint32_t>* words) const;
  void LineStatistics(std::string_view hypothesis, const std::vector<std::string_view>& references,
                      Scratch* scratch, std::span<double> statistics) const;

  ChrfOptions options_;
  int num_threads_;
};

}  // namespace talmach
