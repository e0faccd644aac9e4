// How the batch moves. All sentences of a batch search in lock step, because one step of the model
// for many hypotheses costs little more than a step for one. The rows of a step are the open
// hypotheses of all sentences, those of one sentence next to each other:
//
//   sentence    0       0       0       1       1       3         sentence 2 is done
//   row         0       1       2       3       4       5
//   parent      0       0       1       3       4       6         rows of the step before
//
// BatchSearch keeps for each active sentence the first of its rows at the last step (first_rows_);
// the parent of an extension counts from there. Sentences that are done leave active_, their rows
// are not computed any more, and the batch shrinks until it is empty.
//
// How one sentence moves. The model returns the beam_size best tokens of each row; no other token
// can be among the best beam_size extensions of the sentence. SentenceSearch pools them, adds the
// log-probability of the row, and keeps as many as it has places: beam_size less the hypotheses
// that have finished, each of which keeps its place. An extension by </s> (or any extension, once
// the maximum length is reached) finishes; the others are the open hypotheses of the next step.
//
// A prefix is forced through the same loop: while it lasts, the model returns one token per row, so
// a single hypothesis is open, and the search proper begins behind it.
#include "search/beam_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/stop.h"
#include "search/ensemble.h"
#include "search/search_history.h"

namespace talmach {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// An extension of one of a sentence's open hypotheses, and its total log-probability.
struct Candidate {
  Extension extension;
  double log_probability = 0.0;  // of the whole hypothesis
};

// Better first; equals by parent, then by token.
bool IsBetter(const Candidate& a, const Candidate& b) {
  if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
  return std::tie(a.extension.parent, a.extension.token) <
         std::tie(b.extension.parent, b.extension.token);
}

// What the model said at one step about the rows of one sentence.
struct StepView {
  ConstView attention;    // [rows, W]
  ConstView best_values;  // [rows, k], as BestTokens
  TensorView<const TokenId> best_tokens;
};

// The search for one sentence.
class SentenceSearch {
 public:
  SentenceSearch(Index source, Index source_length, std::span<const TokenId> prefix,
                 const BeamSearchOptions& options)
      : source_(source),
        prefix_(prefix),
        max_length_(static_cast<Index>(prefix.size()) + MaxTargetLength(options, source_length)),
        options_(&options),
        history_(source_length),
        open_(1) {}

  Index source() const { return source_; }
  Index num_rows() const { return static_cast<Index>(open_.size()); }
  bool done() const { return open_.empty(); }
  // What the coming step must produce; −1: anything.
  TokenId forced_token() const {
    const auto length = static_cast<std::size_t>(history_.num_steps());
    return length < prefix_.size() ? prefix_[length] : TokenId{-1};
  }

  // Appends the rows of the coming step. `first_row`: of this sentence at the step before.
  void AppendRows(Index first_row, std::vector<Index>& source_of, std::vector<Index>& parents,
                  std::vector<TokenId>& last_token) const {
    for (const Candidate& hypothesis : open_) {
      source_of.push_back(source_);
      parents.push_back(first_row + hypothesis.extension.parent);
      last_token.push_back(history_.num_steps() == 0 ? kBeginId : hypothesis.extension.token);
    }
  }

  void Advance(const StepView& step) {
    history_.AddAttention(step.attention);
    Continue(FindCandidates(step));
  }

  void GiveUp() {
    open_.clear();
    finished_.clear();
  }

  std::vector<Hypothesis> TakeResults() { return std::move(finished_); }

 private:
  std::vector<Candidate> FindCandidates(const StepView& step) const {
    std::vector<Candidate> candidates;
    for (Index row = 0; row < num_rows(); ++row) {
      for (Index i = 0; i < step.best_values.cols(); ++i) {
        const float value = step.best_values(row, i);
        if (value == kNever) break;
        candidates.push_back({{row, step.best_tokens(row, i), value},
                              open_[row].log_probability + static_cast<double>(value)});
      }
    }
    const auto places =
        std::min(candidates.size(), static_cast<std::size_t>(options_->beam_size - num_finished_));
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(places),
                      candidates.end(), IsBetter);
    candidates.resize(places);
    return candidates;
  }

  // Finishes what ends here and keeps the rest open, unless the search is over.
  void Continue(const std::vector<Candidate>& candidates) {
    if (candidates.empty()) {
      throw NumericError(
          {.where = "beam search", .what = "the model assigns no token any probability"});
    }
    std::vector<Candidate> open;
    const bool cut = history_.num_steps() == max_length_;
    for (const Candidate& candidate : candidates) {
      if (cut || (candidate.extension.token == kEndId)) {
        Finish(candidate);
      } else {
        open.push_back(candidate);
      }
    }
    open_ = std::move(open);
    if (!CanImprove()) open_.clear();
    std::vector<Extension> extensions;
    for (const Candidate& candidate : open_) extensions.push_back(candidate.extension);
    history_.Extend(std::move(extensions));
  }

  void Finish(const Candidate& candidate) {
    ++num_finished_;
    const double score =
        NormalisedScore(candidate.log_probability, history_.num_steps(), options_->normalize);
    const bool full = static_cast<Index>(finished_.size()) == options_->n_best;
    if (full && score <= finished_.back().score) return;
    if (full) finished_.pop_back();
    const auto place =
        std::ranges::upper_bound(finished_, score, std::greater<>(), &Hypothesis::score);
    finished_.insert(place, history_.Reconstruct(candidate.extension, options_->normalize));
  }

  // Whether an open hypothesis can still enter the n-best list; see the top of the header.
  bool CanImprove() const {
    if (static_cast<Index>(finished_.size()) < options_->n_best) return true;
    for (const Candidate& hypothesis : open_) {
      const double bound =
          NormalisedScore(hypothesis.log_probability, max_length_, options_->normalize);
      if (bound > finished_.back().score) return true;
    }
    return false;
  }

  Index source_;
  std::span<const TokenId> prefix_;
  Index max_length_;
  const BeamSearchOptions* options_;
  SearchHistory history_;
  std::vector<Candidate> open_;  // hypotheses that go on, with the token they ended in
  std::vector<Hypothesis> finished_;
  Index num_finished_ = 0;
};

// All sentences of a batch, in lock step.
class BatchSearch {
 public:
  BatchSearch(const Ensemble& ensemble, const SearchInputs& inputs,
              const BeamSearchOptions& options, EnsembleWorkspace& workspace,
              const GivenUp& given_up)
      : decoder_(ensemble, inputs, workspace), options_(options), given_up_(given_up) {}

  void Add(SentenceSearch sentence) {
    first_rows_.push_back(static_cast<Index>(active_.size()));
    active_.push_back(std::move(sentence));
  }

  bool done() const { return active_.empty(); }

  void Step() {
    std::vector<Index> source_of, parents;
    std::vector<TokenId> last_token, forced;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      active_[i].AppendRows(first_rows_[i], source_of, parents, last_token);
      forced.resize(source_of.size(), active_[i].forced_token());
    }
    if (std::exchange(is_first_, false)) parents.clear();
    const EnsembleDecoder::BestResult result = decoder_.StepBest(
        {.source_of = source_of, .parents = parents, .last_token = last_token},
        {.allow_unknown = options_.allow_unknown, .forced = forced}, options_.beam_size);
    RequireNumbers(result.best.values);
    Index row = 0;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const Index end = row + active_[i].num_rows();
      first_rows_[i] = row;
      active_[i].Advance({.attention = result.attention.Rows(row, end),
                          .best_values = result.best.values.Rows(row, end),
                          .best_tokens = result.best.tokens.Rows(row, end)});
      row = end;
    }
    if (!given_up_) return;
    for (SentenceSearch& sentence : active_) {
      if (given_up_(sentence.source())) sentence.GiveUp();
    }
  }

  // Takes the results of the sentences that are done, and drops them from the batch.
  void Retire(std::vector<std::vector<Hypothesis>>& results) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      if (active_[i].done()) {
        results[active_[i].source()] = active_[i].TakeResults();
        continue;
      }
      if (kept != i) std::swap(active_[kept], active_[i]);
      first_rows_[kept++] = first_rows_[i];
    }
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(kept), active_.end());
    first_rows_.resize(kept);
  }

 private:
  static void RequireNumbers(ConstView values) {
    for (Index row = 0; row < values.rows(); ++row) {
      if (!std::isnan(values(row, 0))) continue;
      throw NumericError({.where = "beam search",
                          .what = "the model yields NaN",
                          .hint = "its parameters may have diverged in training"});
    }
  }

  EnsembleDecoder decoder_;
  const BeamSearchOptions& options_;
  const GivenUp& given_up_;
  std::vector<SentenceSearch> active_;
  std::vector<Index> first_rows_;  // of each active sentence, at the last step
  bool is_first_ = true;           // of the coming step
};

}  // namespace

Index MaxTargetLength(const BeamSearchOptions& options, Index source_length) {
  return static_cast<Index>(
             std::ceil(options.max_length_factor * static_cast<double>(source_length))) +
         options.max_length_extra;
}

void Validate(const BeamSearchOptions& options) {
  const auto check = [](bool holds, const char* key, const char* expected, double got) {
    if (holds) return;
    throw ConfigError({.where = key, .expected = expected, .got = fmt::format("{}", got)});
  };
  check(options.beam_size >= 1, "beam_size", "≥ 1", static_cast<double>(options.beam_size));
  check(options.n_best >= 1 && options.n_best <= options.beam_size, "n_best", "from 1 to beam_size",
        static_cast<double>(options.n_best));
  check(options.normalize >= 0, "normalize", "≥ 0", options.normalize);
  check(options.max_length_factor > 0, "max_length_factor", "> 0", options.max_length_factor);
  check(options.max_length_extra >= 0, "max_length_extra", "≥ 0",
        static_cast<double>(options.max_length_extra));
}

std::vector<std::vector<Hypothesis>> BeamSearch(const Ensemble& ensemble,
                                                const SearchInputs& inputs,
                                                const BeamSearchOptions& options,
                                                EnsembleWorkspace& workspace,
                                                const GivenUp& given_up) {
  const auto sources = inputs.sources;
  const auto prefixes = inputs.prefixes;
  Validate(options);
  Require(prefixes.empty() || prefixes.size() == sources.size(), "a prefix for each source");
  if (sources.empty()) return {};
  BatchSearch search(ensemble, inputs, options, workspace, given_up);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto prefix = prefixes.empty() ? std::span<const TokenId>() : prefixes[i];
    search.Add(SentenceSearch(static_cast<Index>(i), static_cast<Index>(sources[i].size()), prefix,
                              options));
  }
  std::vector<std::vector<Hypothesis>> results(sources.size());
  while (!search.done()) {
    StopPoint();
    search.Step();
    search.Retire(results);
  }
  return results;
}

}  // namespace talmach
