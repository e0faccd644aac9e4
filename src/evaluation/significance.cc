#include "evaluation/significance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "evaluation/parallel.h"

namespace talmach {
namespace {

constexpr std::uint64_t kResamplePurpose = 1;
constexpr std::uint64_t kSwapPurpose = 2;
constexpr Index kDrawsPerCall = 4;    // numbers of 32 bits from one call of Philox
constexpr Index kSwapsPerCall = 128;  // bits

void CheckTrials(std::span<const StatisticsTable> systems, const TrialOptions& options) {
  Require(options.num_trials > 0, "a significance test needs trials");
  Require(!systems.empty() && systems.front().num_lines() > 0, "a significance test needs lines");
  for (const StatisticsTable& system : systems) {
    Require(system.values.size() == systems.front().values.size(), "systems of different length");
  }
}

void AddRow(std::span<const double> row, double* sums) {
  for (std::size_t column = 0; column < row.size(); ++column) sums[column] += row[column];
}

/// Scores of all systems on resample `trial`, written to scores[system].
void ScoreResample(std::span<const StatisticsTable> systems, const ScoreFunction& score,
                   std::uint64_t key, Index trial, std::span<double> scores) {
  const Index num_lines = systems.front().num_lines(), width = systems.front().width;
  std::vector<double> sums(systems.size() * width);
  for (Index first = 0; first < num_lines; first += kDrawsPerCall) {
    const auto numbers = Philox4x32(key, first, trial);
    const Index count = std::min(kDrawsPerCall, num_lines - first);
    for (Index draw = 0; draw < count; ++draw) {
      // Scaling 32 bits favours some lines by less than num_lines / 2^32: far below what matters.
      const auto line = static_cast<Index>(
          (std::uint64_t{numbers[draw]} * static_cast<std::uint64_t>(num_lines)) >> 32);
      for (std::size_t s = 0; s < systems.size(); ++s) {
        AddRow(systems[s].row(line), &sums[s * width]);
      }
    }
  }
  for (std::size_t s = 0; s < systems.size(); ++s) {
    scores[s] = score(std::span(sums).subspan(s * width, width));
  }
}

/// Scores on all resamples: [system][trial].
std::vector<std::vector<double>> ScoreResamples(std::span<const StatisticsTable> systems,
                                                const ScoreFunction& score,
                                                const TrialOptions& options) {
  const std::uint64_t key = DeriveKey(options.seed, kResamplePurpose);
  std::vector<std::vector<double>> scores(systems.size(), std::vector<double>(options.num_trials));
  ParallelRanges(options.num_trials, 1, options.num_threads, [&](Index begin, Index end) {
    std::vector<double> of_trial(systems.size());
    for (Index trial = begin; trial < end; ++trial) {
      ScoreResample(systems, score, key, trial, of_trial);
      for (std::size_t s = 0; s < systems.size(); ++s) scores[s][trial] = of_trial[s];
    }
  });
  return scores;
}

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

ConfidenceInterval Interval(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  const std::size_t outside = scores.size() / 40;  // 2.5 % on each side
  return {.mean = Mean(scores),
          .half_width = 0.5 * (scores[scores.size() - outside - 1] - scores[outside])};
}

/// The share of values above the limit, counting the real one, so that it is never zero.
double ShareAbove(const std::vector<double>& values, double limit) {
  const auto above =
      std::count_if(values.begin(), values.end(), [limit](double value) { return value > limit; });
  return static_cast<double>(above + 1) / static_cast<double>(values.size() + 1);
}

/// |score(A') − score(B')| for trial number `trial`, A' and B' being A and B with lines swapped.
double SwappedDifference(const StatisticsTable& a, const StatisticsTable& b,
                         const std::vector<double>& total, const ScoreFunction& score,
                         std::uint64_t key, Index trial) {
  std::vector<double> first(a.width), second(a.width);
  for (Index block = 0; block < a.num_lines(); block += kSwapsPerCall) {
    const auto bits = Philox4x32(key, block, trial);
    const Index count = std::min(kSwapsPerCall, a.num_lines() - block);
    for (Index i = 0; i < count; ++i) {
      const bool swap = (bits[i / 32] >> (i % 32)) & 1;
      AddRow((swap ? b : a).row(block + i), first.data());
    }
  }
  for (Index column = 0; column < a.width; ++column) second[column] = total[column] - first[column];
  return std::abs(score(first) - score(second));
}

double RandomisationPValue(const StatisticsTable& baseline, const StatisticsTable& system,
                           double difference, const ScoreFunction& score,
                           const TrialOptions& options) {
  const std::uint64_t key = DeriveKey(options.seed, kSwapPurpose);
  std::vector<double> total = baseline.Sum();
  AddRow(system.Sum(), total.data());
  std::vector<double> differences(options.num_trials);
  ParallelRanges(options.num_trials, 1, options.num_threads, [&](Index begin, Index end) {
    for (Index trial = begin; trial < end; ++trial) {
      differences[trial] = SwappedDifference(baseline, system, total, score, key, trial);
    }
  });
  return ShareAbove(differences, difference);
}

}  // namespace

ConfidenceInterval BootstrapConfidence(const StatisticsTable& table, const ScoreFunction& score,
                                       const TrialOptions& options) {
  const std::span systems(&table, 1);
  CheckTrials(systems, options);
  return Interval(ScoreResamples(systems, score, options).front());
}

std::vector<PairedResult> PairedBootstrap(std::span<const StatisticsTable> systems,
                                          const ScoreFunction& score, const TrialOptions& options) {
  CheckTrials(systems, options);
  const std::vector<std::vector<double>> scores = ScoreResamples(systems, score, options);
  std::vector<PairedResult> results(systems.size());
  for (std::size_t s = 0; s < systems.size(); ++s) {
    results[s].score = score(systems[s].Sum());
    results[s].confidence = Interval(scores[s]);
    if (s == 0) continue;
    std::vector<double> departures(scores[s].size());
    for (std::size_t trial = 0; trial < departures.size(); ++trial) {
      departures[trial] = std::abs(scores[s][trial] - scores[0][trial]);
    }
    const double mean = Mean(departures);
    for (double& departure : departures) departure -= mean;
    results[s].p_value = ShareAbove(departures, std::abs(results[s].score - results[0].score));
  }
  return results;
}

std::vector<PairedResult> PairedRandomisation(std::span<const StatisticsTable> systems,
                                              const ScoreFunction& score,
                                              const TrialOptions& options) {
  CheckTrials(systems, options);
  std::vector<PairedResult> results(systems.size());
  for (std::size_t s = 0; s < systems.size(); ++s) {
    results[s].score = score(systems[s].Sum());
    if (s == 0) continue;
    results[s].p_value = RandomisationPValue(
        systems[0], systems[s], std::abs(results[s].score - results[0].score), score, options);
  }
  return results;
}

}  // namespace talmach
