// Resamples are drawn once and scored for all systems. The numbers must be numpy's, and how many of
// them a resample takes is known only by drawing it (Below rejects some). So one thread runs
// through the generator and notes its state at the start of each resample, up to 1,024 at a time;
// then threads draw the same resamples again from these states, adding up the rows of the
// statistics. Drawing is cheap beside adding rows.
//
// Approximate randomisation takes one bit per line instead of a number, so the state of any trial
// can be reached directly (NumpyGenerator::Skip), and threads need nothing from each other. Only
// the sums of one side are added up: the other side is the total less them.
//
// P-values count the real difference as one of the trials, (n + 1) / (N + 1), so that none is 0.
#include "evaluation/significance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/stop.h"
#include "base/thread_pool.h"
#include "evaluation/numpy_generator.h"

namespace talmach {
namespace {

constexpr Index kTrialsAtOnce = 1024;
constexpr Index kBitsPerNumber = 64;

void CheckTrials(std::span<const StatisticsTable> systems, const TrialOptions& options) {
  Require(options.num_trials > 0, "a significance test needs trials");
  Require(!systems.empty() && systems.front().num_lines() > 0, "a significance test needs lines");
  Require(systems.front().num_lines() < Index{1} << 32, "too many lines");
  for (const StatisticsTable& system : systems) {
    Require(system.values.size() == systems.front().values.size(), "systems of different length");
  }
}

void AddRow(std::span<const double> row, double* sums) {
  for (std::size_t column = 0; column < row.size(); ++column) sums[column] += row[column];
}

// Scores of all systems on the resample that `random` draws next, written to scores[system].
void ScoreResample(std::span<const StatisticsTable> systems, const ScoreFunction& score,
                   NumpyGenerator random, std::span<double> scores) {
  const Index num_lines = systems.front().num_lines(), width = systems.front().width;
  std::vector<double> sums(systems.size() * width);
  for (Index draw = 0; draw < num_lines; ++draw) {
    const Index line = random.Below(static_cast<std::uint32_t>(num_lines));
    for (std::size_t s = 0; s < systems.size(); ++s) AddRow(systems[s].row(line), &sums[s * width]);
  }
  for (std::size_t s = 0; s < systems.size(); ++s) {
    scores[s] = score(std::span(sums).subspan(s * width, width));
  }
}

// Scores on all resamples: [system][trial]. How many numbers a resample takes is known only when
// it has been drawn, so one thread draws them all, and others draw them again to add up rows.
std::vector<std::vector<double>> ScoreResamples(std::span<const StatisticsTable> systems,
                                                const ScoreFunction& score,
                                                const TrialOptions& options) {
  const Index num_lines = systems.front().num_lines();
  std::vector<std::vector<double>> scores(systems.size(), std::vector<double>(options.num_trials));
  NumpyGenerator random(options.seed);
  std::vector<NumpyGenerator> starts;
  for (Index first = 0; first < options.num_trials; first += kTrialsAtOnce) {
    const Index count = std::min(kTrialsAtOnce, options.num_trials - first);
    starts.clear();
    for (Index trial = 0; trial < count; ++trial) {
      StopPoint();
      starts.push_back(random);
      for (Index draw = 0; draw < num_lines; ++draw) {
        random.Below(static_cast<std::uint32_t>(num_lines));
      }
    }
    ParallelRanges(count, 1, options.num_threads, [&](Index begin, Index end) {
      std::vector<double> of_trial(systems.size());
      for (Index trial = begin; trial < end; ++trial) {
        ScoreResample(systems, score, starts[trial], of_trial);
        for (std::size_t s = 0; s < systems.size(); ++s) scores[s][first + trial] = of_trial[s];
      }
    });
  }
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

// The share of values above the limit, counting the real one, so that it is never zero.
double ShareAbove(const std::vector<double>& values, double limit) {
  const auto above =
      std::count_if(values.begin(), values.end(), [limit](double value) { return value > limit; });
  return static_cast<double>(above + 1) / static_cast<double>(values.size() + 1);
}

// |score(A') − score(B')| for trial number `trial`, A' and B' being A and B with lines swapped
// where their bit is 0. Bits are numbered through all trials.
double SwappedDifference(const StatisticsTable& a, const StatisticsTable& b,
                         const std::vector<double>& total, const ScoreFunction& score,
                         NumpyGenerator random, Index trial) {
  std::vector<double> first(a.width), second(a.width);
  const Index num_lines = a.num_lines();
  Index bit = trial * num_lines % kBitsPerNumber;
  random.Skip(static_cast<std::uint64_t>(trial * num_lines / kBitsPerNumber));
  std::uint64_t bits = random.Next64() >> bit;
  for (Index line = 0; line < num_lines; ++line, ++bit, bits >>= 1) {
    if (bit == kBitsPerNumber) {
      bits = random.Next64();
      bit = 0;
    }
    AddRow(((bits & 1) != 0 ? a : b).row(line), first.data());
  }
  for (Index column = 0; column < a.width; ++column) second[column] = total[column] - first[column];
  return std::abs(score(first) - score(second));
}

double RandomisationPValue(const StatisticsTable& baseline, const StatisticsTable& system,
                           double difference, const ScoreFunction& score,
                           const TrialOptions& options) {
  const NumpyGenerator random(options.seed);
  std::vector<double> total = baseline.Sum();
  AddRow(system.Sum(), total.data());
  std::vector<double> differences(options.num_trials);
  ParallelRanges(options.num_trials, 1, options.num_threads, [&](Index begin, Index end) {
    for (Index trial = begin; trial < end; ++trial) {
      differences[trial] = SwappedDifference(baseline, system, total, score, random, trial);
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
