// The lexical translation probabilities t(f | e) of word alignment models: how likely source word e
// is to be translated by target word f, for all pairs that occur together in a sentence pair, and
// for the empty word, which stands for target words without a source.
#pragma once

#include <span>
#include <vector>

#include "alignment/id_corpus.h"
#include "base/types.h"

namespace talmach {

/// The empty source word.
inline constexpr TokenId kNullWord = -1;

/// Rows of targets in ascending order, one row per source word, twelve bytes a pair. Const methods
/// may be called from several threads.
class LexicalTable {
 public:
  /// All pairs of `corpus`, each with the probability 1 / F. The same for any number of threads.
  LexicalTable(const IdCorpus& corpus, int num_threads);

  Index num_source_ids() const { return static_cast<Index>(begins_.size()) - 2; }
  Index num_target_ids() const { return num_target_ids_; }

  /// The targets that occur with `source` (or kNullWord), and their probabilities. They sum to one
  /// after SetFromCounts, or to less with smoothing: the rest belongs to all other targets.
  std::span<const TokenId> Targets(TokenId source) const;
  std::span<const double> Probabilities(TokenId source) const;

  /// t(target | source); 0 if the two never occur together.
  double Probability(TokenId source, TokenId target) const;

  /// Where the pair stands among all pairs of the table; it must be there.
  Index Cell(TokenId source, TokenId target) const;
  double ProbabilityOf(Index cell) const { return probabilities_[cell]; }
  Index num_cells() const { return static_cast<Index>(targets_.size()); }

  /// The maximisation of EM. With c the expected `counts` of the cells and F the number of target
  /// words, t(f | e) = (c(e, f) + n) / (Σ_f' c(e, f') + n F): `smoothing` n > 0 keeps rare words
  /// from explaining everything around them (Moore 2004, "Improving IBM word-alignment model 1",
  /// section 4.1).
  void SetFromCounts(std::span<const double> counts, double smoothing);

 private:
  Index RowOf(TokenId source) const { return source + 1; }

  Index num_target_ids_ = 0;
  std::vector<Index> begins_;  // of each row, the empty word's first, and the end
  std::vector<TokenId> targets_;
  std::vector<double> probabilities_;
};

}  // namespace talmach
