// The hidden Markov model of word alignment (Vogel, Ney and Tillmann 1996, "HMM-based word
// alignment in statistical translation"; the empty word as in Och and Ney 2003, section 2.1): the
// source word of a target word depends on the source word of the target word before it, through the
// width of the jump between the two.
//
//   p(f, a | e) = Π_j p(a_j | a_{j−1}, I) t(f_j | e_{a_j})
//   p(i | i', I) = (1 − p_0) [ (1 − λ) c(i − i') / Σ_k c(k − i') + λ / I ]     i, k = 1 … I
//
// c(d) are the expected counts of jumps of width d. A target word comes from the empty word with
// probability p_0; the word after it jumps from where the last word that had a source came from.
// The sentence begins at position 0, before the first source word. λ (`jump_smoothing`) reserves
// some probability for jumps that were never seen.
//
// Time is proportional to J · I² for a pair, memory to J · I.
#pragma once

#include <vector>

#include "alignment/ibm_model1.h"

namespace talmach {

/// p(i | i', I) without (1 − p_0), from counts of jumps.
class JumpTable {
 public:
  /// All jumps equally likely, for sources of at most `longest` words.
  explicit JumpTable(Index longest);

  /// Jump widths −longest … longest have an entry each; `counts` has num_jumps().
  Index num_jumps() const { return static_cast<Index>(counts_.size()); }
  Index JumpIndex(Index width) const { return width + (num_jumps() - 1) / 2; }
  void SetCounts(std::vector<double> counts) { counts_ = std::move(counts); }

  /// [I + 1, I] row by row: row i' holds p(1 | i', I) … p(I | i', I), row 0 those of the beginning.
  std::vector<double> Transitions(Index source_length, double smoothing) const;

 private:
  std::vector<double> counts_;
};

/// A trained model. Const methods may be called from several threads.
class HmmModel {
 public:
  /// `lexicon`, with which EM begins: that of model 1.
  HmmModel(LexicalTable lexicon, Index longest_source, const AlignerOptions& options);

  /// Runs `options.hmm_iterations` of EM over `corpus`, whose pairs must be in the lexicon.
  void Train(const IdCorpus& corpus, const EmObserver& observe = {});

  /// The most probable alignment (Viterbi) of a pair of that corpus. Target words that come from
  /// the empty word have no link.
  Alignment BestAlignment(IdCorpus::Side source, IdCorpus::Side target) const;

  const LexicalTable& lexicon() const { return lexicon_; }
  const JumpTable& jumps() const { return jumps_; }

 private:
  LexicalTable lexicon_;
  JumpTable jumps_;
  AlignerOptions options_;
};

}  // namespace talmach
