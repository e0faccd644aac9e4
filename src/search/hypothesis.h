// A translation as the search sees it: token ids with the model's numbers for each.
#pragma once

#include <vector>

#include "base/types.h"

namespace talmach {

/// One output of the search, or a given target that was scored. T tokens, S source tokens, both
/// with `</s>`; T has no `</s>` if the translation was cut at its maximum length.
struct Hypothesis {
  std::vector<TokenId> tokens = {};           // y_1 … y_T
  std::vector<float> log_probabilities = {};  // log p(y_i | y_{<i}, x), nats, [T]
  std::vector<float> attention = {};          // α of each token over its source, [T, S]
  double log_probability = 0.0;               // the sum
  double score = 0.0;  // log_probability / T^α: what hypotheses are ranked by
};

/// log_probability / length^alpha, the length normalisation of Marian (`--normalize`); 0 turns it
/// off. `length` counts `</s>`.
double NormalisedScore(double log_probability, Index length, double alpha);

}  // namespace talmach
