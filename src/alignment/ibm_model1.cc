// EM for model 1. The words of a target sentence are independent of each other, so the expectation
// is exact without any lattice: f_j comes from e_i with probability
//
//   p(a_j = i) = w_i t(f_j | e_i) / Σ_k w_k t(f_j | e_k),    w_0 = p_0,  w_i = (1 − p_0) / I
//
// which is added to the count of (e_i, f_j). The denominator is p(f_j | e): the sum of its
// logarithms is the log-likelihood. Maximisation divides each count by its row's sum
// (LexicalTable).
//
// The log-likelihood is concave in t, so EM cannot end in a poor local maximum; that is why model 1
// prepares the HMM, whose likelihood is not concave.
#include "alignment/ibm_model1.h"

#include <algorithm>
#include <cmath>

#include "alignment/expected_counts.h"

namespace talmach {
namespace {

// The counts of one pair: for each target word, the probabilities of where it came from.
void Expect(const LexicalTable& lexicon, double null_probability, IdCorpus::Side source,
            IdCorpus::Side target, PairCounts* counts) {
  if (source.empty()) return;
  const double prior = (1 - null_probability) / static_cast<double>(source.size());
  for (const TokenId f : target) {
    const std::size_t begin = counts->cells.size();
    double total = 0;
    const auto add = [&](TokenId e, double weight) {
      counts->cells.push_back(lexicon.Cell(e, f));
      counts->counts.push_back(weight * lexicon.ProbabilityOf(counts->cells.back()));
      total += counts->counts.back();
    };
    for (const TokenId e : source) add(e, prior);
    if (null_probability > 0) add(kNullWord, null_probability);
    for (std::size_t k = begin; k < counts->counts.size(); ++k) counts->counts[k] /= total;
    counts->log_likelihood += std::log(total);
  }
}

}  // namespace

LexicalTable TrainIbmModel1(const IdCorpus& corpus, const AlignerOptions& options,
                            const EmObserver& observe) {
  LexicalTable lexicon(corpus, options.threads);
  for (Index iteration = 1; iteration <= options.ibm1_iterations; ++iteration) {
    const ExpectedCounts counts =
        CollectCounts({.num_pairs = corpus.num_pairs(), .num_cells = lexicon.num_cells()},
                      options.threads, [&](Index pair, PairCounts* pair_counts) {
                        Expect(lexicon, options.null_probability, corpus.source(pair),
                               corpus.target(pair), pair_counts);
                      });
    lexicon.SetFromCounts(counts.cells, options.smoothing);
    if (!observe) continue;
    const auto num_tokens = static_cast<double>(std::max<Index>(corpus.num_target_tokens(), 1));
    observe("ibm1", iteration, std::exp(-counts.log_likelihood / num_tokens));
  }
  return lexicon;
}

Alignment Ibm1Alignment(const LexicalTable& lexicon, double null_probability, IdCorpus::Side source,
                        IdCorpus::Side target) {
  Alignment alignment;
  if (source.empty()) return alignment;
  const double prior = (1 - null_probability) / static_cast<double>(source.size());
  for (std::size_t j = 0; j < target.size(); ++j) {
    double best = null_probability * lexicon.Probability(kNullWord, target[j]);
    Index best_source = -1;
    for (std::size_t i = 0; i < source.size(); ++i) {
      const double probability = prior * lexicon.Probability(source[i], target[j]);
      if (probability <= best) continue;
      best = probability;
      best_source = static_cast<Index>(i);
    }
    if (best_source >= 0) alignment.push_back({best_source, static_cast<Index>(j)});
  }
  std::ranges::sort(alignment);
  return alignment;
}

}  // namespace talmach
