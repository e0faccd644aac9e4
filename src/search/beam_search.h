// Batched beam search for the most probable translation (Sutskever et al. 2014, section 3.2).
//
// A sentence has `beam_size` places. At each step every open hypothesis is extended by every
// token, and the best extensions by log-probability fill the places; one that ends in `</s>` is
// finished: it leaves the batch but keeps its place, so the search shrinks as it goes. Finished
// hypotheses are ranked by log p / length^α.
//
// A sentence is done when nothing is open, or when no open hypothesis can still enter its n-best
// list. The latter is exact: log-probabilities only fall, so with log p now and at most T tokens,
// no continuation scores above log p / T^α; if that is not above the n-th best finished score,
// running on would not change the result. (Equal scores keep the earlier finished hypothesis.)
//
// Ties are broken by parent, then by token id, so results never depend on neighbours in the batch.
// Attention is stored once per open hypothesis and step, with back pointers; a finished
// hypothesis follows its pointers back, so each row belongs to the token it produced.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/types.h"
#include "search/hypothesis.h"

namespace talmach {

class Ensemble;
struct EnsembleWorkspace;
struct SearchInputs;

struct BeamSearchOptions {
  Index beam_size = 5;           // places per sentence; 1 is greedy search
  double normalize = 1.0;        // α ≥ 0 of the length normalisation; 0: none
  Index n_best = 1;              // hypotheses to return, ≤ beam_size
  double max_length_factor = 3;  // a translation has at most ⌈factor · source length⌉
  Index max_length_extra = 10;   // + extra tokens (after its prefix, if it has one)
  bool allow_unknown = false;    // whether <unk> may be produced; <s> never may
};

/// Whether nobody is waiting for the translation of a source any more, by its number in the call.
/// It is called after every step, must be quick, and must not throw.
using GivenUp = std::function<bool(Index source)>;

/// Throws ConfigError if a number is out of range.
void Validate(const BeamSearchOptions& options);

/// The most tokens, `</s>` included, a translation may have beyond its prefix.
Index MaxTargetLength(const BeamSearchOptions& options, Index source_length);

/// The n-best lists of the sources, best first; the log-probabilities of prefixes count. Lists are
/// never empty, except those of sources that were given up, whose search ends at once. Each step is
/// a stop point (base/stop.h). Throws ConfigError if options are impossible and NumericError if the
/// model yields NaN.
std::vector<std::vector<Hypothesis>> BeamSearch(const Ensemble& ensemble,
                                                const SearchInputs& inputs,
                                                const BeamSearchOptions& options,
                                                EnsembleWorkspace& workspace,
                                                const GivenUp& given_up = {});

}  // namespace talmach
