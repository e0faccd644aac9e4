// How much of a score, or of a difference between scores, may be chance.
//
// - Bootstrap (Koehn, "Statistical significance tests for machine translation evaluation", EMNLP
//   2004): draw as many lines as there are, with replacement, many times; the middle 95 % of the
//   resampled scores are the confidence interval.
// - Paired bootstrap: baseline and system are scored on the same resamples. The p-value is the
//   share of resamples whose difference departs from the mean difference by more than the real one.
// - Paired approximate randomisation (Riezler and Maxwell, "On some pitfalls in automatic
//   evaluation and significance testing for MT", 2005): swap each line between baseline and system
//   with probability 1/2; the p-value is the share of trials with a larger difference than the real
//   one.
//
// Definitions are sacreBLEU's, and so are the random numbers (see numpy_generator.h): all systems
// and metrics see the resamples that sacreBLEU draws for the same seed, for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "evaluation/statistics.h"

namespace talmach {

/// The score of column sums of a table. Must be thread-safe.
using ScoreFunction = std::function<double(std::span<const double> sums)>;

struct TrialOptions {
  Index num_trials = 1000;  // resamples or randomisations
  std::uint64_t seed = 12345;
  int num_threads = 0;  // 0: one per core
};

/// The mean of resampled scores and half the width of their middle 95 %.
struct ConfidenceInterval {
  double mean = 0;
  double half_width = 0;
};

/// What a paired test says about one system.
struct PairedResult {
  double score = 0;
  std::optional<double> p_value = {};                 // none for the baseline
  std::optional<ConfidenceInterval> confidence = {};  // bootstrap only
};

/// Throws std::logic_error for an empty table or no trials, as do the functions below.
ConfidenceInterval BootstrapConfidence(const StatisticsTable& table, const ScoreFunction& score,
                                       const TrialOptions& options);

/// Compares systems 1, 2, … with the baseline, system 0, on the same lines. One result a system.
std::vector<PairedResult> PairedBootstrap(std::span<const StatisticsTable> systems,
                                          const ScoreFunction& score, const TrialOptions& options);
std::vector<PairedResult> PairedRandomisation(std::span<const StatisticsTable> systems,
                                              const ScoreFunction& score,
                                              const TrialOptions& options);

}  // namespace talmach
