// The expectation of EM over a corpus: what the sentence pairs add to the counts of a model.
// Internal to alignment.
//
// Pairs are computed by several threads, a block at a time, and added up so that every count is the
// sum over the pairs in their order: results do not depend on the number of threads.
#pragma once

#include <functional>
#include <vector>

#include "base/types.h"

namespace talmach {

/// What one sentence pair adds.
struct PairCounts {
  std::vector<Index> cells;    // of the lexical table, any number of times each,
  std::vector<double> counts;  // and what each gets
  std::vector<double> jumps;   // expected jumps; empty, or as many as the corpus has
  double log_likelihood = 0;   // nats
};

struct ExpectedCounts {
  std::vector<double> cells;
  std::vector<double> jumps;
  double log_likelihood = 0;
};

struct CountSizes {
  Index num_pairs = 0;
  Index num_cells = 0;
  Index num_jumps = 0;
};

/// Calls `expect` for each pair, from several threads, with empty counts to fill.
ExpectedCounts CollectCounts(const CountSizes& sizes, int num_threads,
                             const std::function<void(Index pair, PairCounts*)>& expect);

}  // namespace talmach
