// The oracle of the aligners: all alignments of a sentence pair, one by one, with the equations of
// IBM model 1 and of the HMM as they stand in the papers.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "alignment/id_corpus.h"
#include "alignment/lexical_table.h"
#include "base/types.h"

namespace talmach::enumeration {

/// A model as maps. Jumps without an entry have no count.
struct Model {
  std::map<std::pair<TokenId, TokenId>, double> lexicon = {};  // (e, f) → t(f | e)
  std::map<Index, double> jumps = {};                          // width → count; empty: model 1
  double null_probability = 0;
  double jump_smoothing = 0;

  /// ln p(a_j | a_{j−1}, I) without the empty word; positions from 1, 0 is the beginning.
  double JumpProbability(Index from, Index to, Index source_length) const {
    const double uniform = 1.0 / static_cast<double>(source_length);
    if (jumps.empty()) return uniform;
    const auto count = [&](Index width) {
      const auto found = jumps.find(width);
      return found == jumps.end() ? 0.0 : found->second;
    };
    double total = 0;
    for (Index k = 1; k <= source_length; ++k) total += count(k - from);
    const double jump = total > 0 ? count(to - from) / total : uniform;
    return (1 - jump_smoothing) * jump + jump_smoothing * uniform;
  }
};

using Positions = std::vector<Index>;  // a_1 … a_J; 0: the empty word

inline double JointProbability(const Model& model, IdCorpus::Side source, IdCorpus::Side target,
                               const Positions& positions) {
  double probability = 1;
  Index last = 0;
  for (std::size_t j = 0; j < target.size(); ++j) {
    const Index i = positions[j];
    const TokenId word = i == 0 ? kNullWord : source[i - 1];
    probability *=
        i == 0 ? model.null_probability
               : (1 - model.null_probability) * model.JumpProbability(last, i, std::ssize(source));
    probability *= model.lexicon.at({word, target[j]});
    if (i > 0) last = i;
  }
  return probability;
}

/// Calls `visit` with each of the (I + 1)^J alignments.
inline void ForEachAlignment(std::size_t source_length, std::size_t target_length,
                             const std::function<void(const Positions&)>& visit) {
  Positions positions(target_length, 0);
  while (true) {
    visit(positions);
    std::size_t j = 0;
    while (j < target_length && ++positions[j] > static_cast<Index>(source_length)) {
      positions[j++] = 0;
    }
    if (j == target_length) return;
  }
}

/// What a pair adds to the counts of EM, and its best alignment.
struct Expectation {
  double likelihood = 0;
  std::map<std::pair<TokenId, TokenId>, double> lexicon;
  std::map<Index, double> jumps;
  Positions best;
};

inline Expectation Expect(const Model& model, IdCorpus::Side source, IdCorpus::Side target) {
  Expectation result;
  double best = -1;
  ForEachAlignment(source.size(), target.size(), [&](const Positions& positions) {
    const double probability = JointProbability(model, source, target, positions);
    result.likelihood += probability;
    if (probability > best) {
      best = probability;
      result.best = positions;
    }
    Index last = 0;
    for (std::size_t j = 0; j < target.size(); ++j) {
      const Index i = positions[j];
      result.lexicon[{i == 0 ? kNullWord : source[i - 1], target[j]}] += probability;
      if (i == 0) continue;
      result.jumps[i - last] += probability;
      last = i;
    }
  });
  for (auto& [key, count] : result.lexicon) count /= result.likelihood;
  for (auto& [key, count] : result.jumps) count /= result.likelihood;
  return result;
}

/// One iteration of EM; returns the log-likelihood under the model as it was.
inline double Iterate(const IdCorpus& corpus, double smoothing, Model* model) {
  std::map<std::pair<TokenId, TokenId>, double> lexicon;
  std::map<Index, double> jumps;
  double log_likelihood = 0;
  for (Index pair = 0; pair < corpus.num_pairs(); ++pair) {
    const Expectation expected = Expect(*model, corpus.source(pair), corpus.target(pair));
    for (const auto& [key, count] : expected.lexicon) lexicon[key] += count;
    for (const auto& [width, count] : expected.jumps) jumps[width] += count;
    log_likelihood += std::log(expected.likelihood);
  }
  std::map<TokenId, double> totals;
  for (const auto& [key, count] : lexicon) totals[key.first] += count;
  for (auto& [key, probability] : model->lexicon) {
    probability = (lexicon[key] + smoothing) /
                  (totals[key.first] + smoothing * static_cast<double>(corpus.num_target_ids()));
  }
  if (!model->jumps.empty()) model->jumps = jumps;
  return log_likelihood;
}

}  // namespace talmach::enumeration
