// EM for the HMM. The hidden state is the last source position used, 0 … I, with 0 before the first
// word; the empty word keeps the state as it is. Each target word f_j therefore moves state i' to
//
//   i ≥ 1   with probability (1 − p_0) p(i | i', I) t(f_j | e_i)      a jump of i − i'
//   i'      with probability p_0 t(f_j | e_0)                         from the empty word
//
// Expectation, by the forward-backward algorithm (Baum et al. 1970; scaling as in Rabiner 1989):
// the forward pass sums over all ways to reach a state, the backward pass over all ways to go on.
// Their product at a place is the probability that the alignment passes through it, which is what
// counts of word pairs and of jumps add up. Both passes are divided by the probability of each
// target word as they go, so nothing underflows however long the sentence, and the logarithms of
// these divisors add up to the log-likelihood.
//
// A state reached by a jump and the same state kept by the empty word must be told apart in the
// counts but not in what follows, so arrivals_ holds the first part of states_ separately.
//
// Maximisation: t from the counts of pairs (LexicalTable), c(d) from the counts of jumps; a jump's
// probability normalises c over the positions that the sentence has.
//
// BestAlignment is the Viterbi algorithm over the same lattice, with maxima of sums of logarithms
// in place of sums of products, and back pointers.
#include "alignment/hmm_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "alignment/expected_counts.h"
#include "base/error.h"
#include "base/stop.h"

namespace talmach {
namespace {

constexpr double kSmallestEmission = 1e-30;  // keeps impossible pairs from dividing by zero

// What the passes over one sentence pair share. Positions of the source are 0 … I, where 0 is the
// place before the first word; state i means that the last source word used was word i.
struct Lattice {
  Index source_length = 0;           // I
  Index target_length = 0;           // J
  std::vector<double> transitions;   // [I + 1, I], with 1 − p_0
  std::vector<double> emissions;     // [J, I]
  std::vector<double> null_weights;  // [J] p_0 t(f_j | e_0)

  Lattice(const LexicalTable& lexicon, const JumpTable& jumps, const AlignerOptions& options,
          IdCorpus::Side source, IdCorpus::Side target)
      : source_length(std::ssize(source)),
        target_length(std::ssize(target)),
        transitions(jumps.Transitions(source_length, options.jump_smoothing)) {
    for (double& transition : transitions) transition *= 1 - options.null_probability;
    emissions.reserve(target_length * source_length);
    for (const TokenId f : target) {
      for (const TokenId e : source) {
        emissions.push_back(std::max(lexicon.Probability(e, f), kSmallestEmission));
      }
      null_weights.push_back(options.null_probability * lexicon.Probability(kNullWord, f));
    }
  }

  double Transition(Index from, Index to) const {
    return transitions[from * source_length + to - 1];
  }
  double Emission(Index j, Index i) const { return emissions[j * source_length + i - 1]; }
};

// The forward and backward passes, scaled at each target word so that nothing underflows.
class ForwardBackward {
 public:
  explicit ForwardBackward(const Lattice& lattice)
      : lattice_(lattice),
        width_(lattice.source_length + 1),
        states_(width_ * (lattice.target_length + 1)),
        arrivals_(width_ * lattice.target_length),
        futures_(states_.size()),
        scales_(lattice.target_length) {
    Forward();
    Backward();
  }

  double log_likelihood() const {
    double sum = 0;
    for (const double scale : scales_) sum += std::log(scale);
    return sum;
  }

  // p(a_j = i | f, e), i ≥ 1.
  double Posterior(Index j, Index i) const {
    return arrivals_[j * width_ + i] * futures_[(j + 1) * width_ + i];
  }

  double NullPosterior(Index j) const {
    double sum = 0;
    for (Index i = 0; i < width_; ++i) {
      sum += states_[j * width_ + i] * futures_[(j + 1) * width_ + i];
    }
    return sum * lattice_.null_weights[j] / scales_[j];
  }

  // Adds the expected number of jumps of each width.
  void AddJumps(const JumpTable& jumps, std::vector<double>* counts) const {
    for (Index j = 0; j < lattice_.target_length; ++j) {
      for (Index from = 0; from < width_; ++from) {
        const double state = states_[j * width_ + from] / scales_[j];
        if (state == 0) continue;
        for (Index to = 1; to < width_; ++to) {
          (*counts)[jumps.JumpIndex(to - from)] += state * lattice_.Transition(from, to) *
                                                   lattice_.Emission(j, to) *
                                                   futures_[(j + 1) * width_ + to];
        }
      }
    }
  }

 private:
  // states_[j][i] = p(f_1 … f_j, last source word is i), divided by all scales so far;
  // arrivals_[j][i]: the part of states_[j + 1][i] in which word j itself came from i.
  void Forward() {
    states_[0] = 1;
    for (Index j = 0; j < lattice_.target_length; ++j) {
      StopPoint();
      const double* before = &states_[j * width_];
      double* arrival = &arrivals_[j * width_];
      double* after = &states_[(j + 1) * width_];
      for (Index from = 0; from < width_; ++from) {
        if (before[from] == 0) continue;
        for (Index to = 1; to < width_; ++to) {
          arrival[to] += before[from] * lattice_.Transition(from, to);
        }
      }
      double total = 0;
      for (Index i = 0; i < width_; ++i) {
        if (i > 0) arrival[i] *= lattice_.Emission(j, i);
        after[i] = arrival[i] + before[i] * lattice_.null_weights[j];
        total += after[i];
      }
      scales_[j] = total;
      for (Index i = 0; i < width_; ++i) {
        arrival[i] /= total;
        after[i] /= total;
      }
    }
  }

  // futures_[j][i] = p(f_{j+1} … f_J | last source word is i), divided by the scales to come.
  void Backward() {
    const Index last = lattice_.target_length;
    std::fill_n(&futures_[last * width_], width_, 1.0);
    for (Index j = last - 1; j >= 0; --j) {
      StopPoint();
      const double* after = &futures_[(j + 1) * width_];
      for (Index from = 0; from < width_; ++from) {
        double sum = lattice_.null_weights[j] * after[from];
        for (Index to = 1; to < width_; ++to) {
          sum += lattice_.Transition(from, to) * lattice_.Emission(j, to) * after[to];
        }
        futures_[j * width_ + from] = sum / scales_[j];
      }
    }
  }

  const Lattice& lattice_;
  Index width_;  // I + 1
  std::vector<double> states_;
  std::vector<double> arrivals_;
  std::vector<double> futures_;
  std::vector<double> scales_;
};

}  // namespace

JumpTable::JumpTable(Index longest) : counts_(2 * longest + 1, 1.0) {}

std::vector<double> JumpTable::Transitions(Index source_length, double smoothing) const {
  std::vector<double> transitions;
  transitions.reserve((source_length + 1) * source_length);
  const double uniform = 1.0 / static_cast<double>(source_length);
  for (Index from = 0; from <= source_length; ++from) {
    double total = 0;
    for (Index to = 1; to <= source_length; ++to) total += counts_[JumpIndex(to - from)];
    for (Index to = 1; to <= source_length; ++to) {
      const double jump = total > 0 ? counts_[JumpIndex(to - from)] / total : uniform;
      transitions.push_back((1 - smoothing) * jump + smoothing * uniform);
    }
  }
  return transitions;
}

HmmModel::HmmModel(LexicalTable lexicon, Index longest_source, const AlignerOptions& options)
    : lexicon_(std::move(lexicon)), jumps_(longest_source), options_(options) {
  Require(options.null_probability >= 0 && options.null_probability < 1,
          "the empty word's probability is in [0, 1)");
}

void HmmModel::Train(const IdCorpus& corpus, const EmObserver& observe) {
  for (Index iteration = 1; iteration <= options_.hmm_iterations; ++iteration) {
    const auto expect = [&](Index pair, PairCounts* counts) {
      const IdCorpus::Side source = corpus.source(pair);
      const IdCorpus::Side target = corpus.target(pair);
      if (source.empty() || target.empty()) return;
      const Lattice lattice(lexicon_, jumps_, options_, source, target);
      const ForwardBackward passes(lattice);
      for (Index j = 0; j < lattice.target_length; ++j) {
        for (Index i = 1; i <= lattice.source_length; ++i) {
          counts->cells.push_back(lexicon_.Cell(source[i - 1], target[j]));
          counts->counts.push_back(passes.Posterior(j, i));
        }
        counts->cells.push_back(lexicon_.Cell(kNullWord, target[j]));
        counts->counts.push_back(passes.NullPosterior(j));
      }
      counts->jumps.resize(jumps_.num_jumps());
      passes.AddJumps(jumps_, &counts->jumps);
      counts->log_likelihood = passes.log_likelihood();
    };
    ExpectedCounts counts = CollectCounts({.num_pairs = corpus.num_pairs(),
                                           .num_cells = lexicon_.num_cells(),
                                           .num_jumps = jumps_.num_jumps()},
                                          options_.threads, expect);
    lexicon_.SetFromCounts(counts.cells, options_.smoothing);
    jumps_.SetCounts(std::move(counts.jumps));
    if (!observe) continue;
    const auto num_tokens = static_cast<double>(std::max<Index>(corpus.num_target_tokens(), 1));
    observe("hmm", iteration, std::exp(-counts.log_likelihood / num_tokens));
  }
}

Alignment HmmModel::BestAlignment(IdCorpus::Side source, IdCorpus::Side target) const {
  Alignment alignment;
  if (source.empty() || target.empty()) return alignment;
  const Lattice lattice(lexicon_, jumps_, options_, source, target);
  const Index width = lattice.source_length + 1;
  constexpr double kImpossible = -std::numeric_limits<double>::infinity();
  std::vector<double> transition_logs;
  for (const double transition : lattice.transitions) {
    transition_logs.push_back(std::log(transition));
  }
  // came_from[j][i]: the state before word j on the best way to state i, −1 for the empty word.
  std::vector<Index> came_from(lattice.target_length * width, -1);
  std::vector<double> scores(width, kImpossible);
  scores[0] = 0;
  for (Index j = 0; j < lattice.target_length; ++j) {
    StopPoint();
    const double null_log = std::log(lattice.null_weights[j]);
    std::vector<double> next(width);
    for (Index to = 0; to < width; ++to) {
      next[to] = scores[to] + null_log;
      if (to == 0) continue;
      const double emission_log = std::log(lattice.Emission(j, to));
      for (Index from = 0; from < width; ++from) {
        const double score =
            scores[from] + transition_logs[from * (width - 1) + to - 1] + emission_log;
        if (score <= next[to]) continue;
        next[to] = score;
        came_from[j * width + to] = from;
      }
    }
    scores = std::move(next);
  }
  Index state = std::ranges::max_element(scores) - scores.begin();
  for (Index j = lattice.target_length - 1; j >= 0; --j) {
    const Index before = came_from[j * width + state];
    if (before < 0) continue;
    alignment.push_back({state - 1, j});
    state = before;
  }
  std::ranges::sort(alignment);
  return alignment;
}

}  // namespace talmach
