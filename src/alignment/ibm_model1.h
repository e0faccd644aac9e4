// IBM model 1 (Brown et al. 1993, "The mathematics of statistical machine translation", section
// 4.2): each of the J target words f_j comes from a source word e_i or from the empty word e_0, and
// all I source words are equally likely.
//
//   p(f | e) = Π_j ( p_0 t(f_j | e_0) + Σ_i (1 − p_0) / I · t(f_j | e_i) )
//
// EM finds the best t wherever it starts. In the original all I + 1 words are equally likely; here
// p_0, the probability of the empty word, is given.
#pragma once

#include <functional>

#include "alignment/id_corpus.h"
#include "alignment/lexical_table.h"
#include "alignment/links.h"

namespace talmach {

struct AlignerOptions {
  Index ibm1_iterations = 5;      // of EM
  Index hmm_iterations = 5;       // of EM, after those of model 1
  double null_probability = 0.2;  // p_0, in [0, 1)
  double smoothing = 0.01;        // of t, see LexicalTable::SetFromCounts
  double jump_smoothing = 0.1;    // λ of the HMM's jumps, in [0, 1]
  int threads = 1;                // 0: one per core; results do not depend on it
};

/// Called after each iteration of EM with the model ("ibm1", "hmm"), the number of the iteration,
/// from 1, and the perplexity of a target word under the model that the iteration began with.
using EmObserver = std::function<void(const char* model, Index iteration, double perplexity)>;

/// t(f | e) after `options.ibm1_iterations` of EM over `corpus`; the uniform table for 0.
LexicalTable TrainIbmModel1(const IdCorpus& corpus, const AlignerOptions& options,
                            const EmObserver& observe = {});

/// The most probable alignment of a pair of the corpus the table was made from: a link for each
/// target word except those that come from the empty word. Ties go to the first source word.
Alignment Ibm1Alignment(const LexicalTable& lexicon, double null_probability, IdCorpus::Side source,
                        IdCorpus::Side target);

}  // namespace talmach
