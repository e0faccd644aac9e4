// BLEU (Papineni, Roukos, Ward, Zhu, "BLEU: a method for automatic evaluation of machine
// translation", ACL 2002) with the numbers and the signature of sacreBLEU (Post 2018):
//
//   BLEU = BP · exp(1/N Σ_{n=1..N} log p_n),  N = 4,
//   p_n  = matched n-grams / n-grams of the hypotheses,
//   BP   = min(1, exp(1 − reference length / hypothesis length)),
//
// all summed over the corpus first. An n-gram matches as often as it occurs in the reference that
// has most of it; of several references, the length of the closest one counts.
// Where no n-gram of some order matches, the precision is smoothed (Chen and Cherry, WMT 2014).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "evaluation/bleu_tokenizer.h"
#include "evaluation/signature.h"
#include "evaluation/statistics.h"

namespace talmach {

/// The longest n-grams of BLEU.
inline constexpr Index kBleuOrder = 4;

enum class BleuSmoothing {
  kNone,         // a zero stays
  kFloor,        // a zero count becomes the smoothing value (0.1)
  kAddK,         // the value (1) is added to counts and totals of orders above 1
  kExponential,  // the i-th zero count becomes 1 / 2^i
};

struct BleuOptions {
  BleuTokenizer tokenizer = MakeBleuTokenizer("13a");
  bool lower_case = false;
  BleuSmoothing smoothing = BleuSmoothing::kExponential;
  std::optional<double> smoothing_value = {};  // for floor and add-k; their default otherwise
  bool effective_order = false;  // leave out orders longer than the text: for single sentences
};

/// A score and what it is made of.
struct BleuScore {
  double score = 0;                                // 0 … 100
  std::array<double, kBleuOrder> precisions = {};  // percent, smoothed
  std::array<double, kBleuOrder> counts = {};      // matched n-grams, plus what add-k adds
  std::array<double, kBleuOrder> totals = {};      // n-grams of the hypotheses, likewise
  double brevity_penalty = 0;
  Index hypothesis_length = 0;  // tokens
  Index reference_length = 0;
  std::string signature = {};  // empty where the number of references is not known

  /// Hypothesis length by reference length; 0 without references.
  double LengthRatio() const;
};

/// The metric for one set of options. Thread-safe.
class Bleu {
 public:
  explicit Bleu(BleuOptions options = {}, int num_threads = 0);

  /// Scores a corpus: as many lines in each set of references as in `hypotheses`. An empty
  /// reference is one of length 0. A line without any, or line counts that differ, throw DataError.
  BleuScore Corpus(Lines hypotheses, References references) const;

  /// Scores one line. Use `effective_order` for it: short lines are 0 otherwise.
  BleuScore Sentence(std::string_view hypothesis, std::span<const std::string> references) const;

  /// Per line: hypothesis length, reference length, 4 matched counts, 4 totals.
  StatisticsTable Statistics(Lines hypotheses, References references) const;

  /// The score of column sums of `Statistics`. Without signature.
  BleuScore FromStatistics(std::span<const double> sums) const;

  std::string Signature(const EvaluationSetting& setting) const;

 private:
  struct Scratch;
  std::string Tokenize(std::string_view line) const;
  void LineStatistics(std::string_view hypothesis, const std::vector<std::string_view>& references,
                      Scratch* scratch, std::span<double> statistics) const;
  double SmoothingValue() const;

  BleuOptions options_;
  int num_threads_;
};

}  // namespace talmach
