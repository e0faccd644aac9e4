// A draw takes one uniform number u. The allowed tokens get the weights w_v = exp(log p_v / τ), up
// to a common factor; the factor makes the largest weight 1, so that a small temperature τ
// overflows nothing. Top-k keeps the k largest weights; top-p (the nucleus) the fewest, from the
// largest on, whose sum reaches p of the total. Then u · Σ w is walked down over the weights in
// their order, and the token at which it falls below zero is drawn: each with probability w_v / Σ
// w.
//
// Order matters for reproducibility: equal weights are ordered by token, so that what is kept, and
// what a given u draws, never depends on the sorting algorithm. All else is as in a beam search
// with one place: the history, the limit of the length, the forced prefix.
#include "search/sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "base/stop.h"
#include "search/ensemble.h"
#include "search/search_history.h"

namespace talmach {
namespace {

// A token and its share of the probability, not normalised.
struct Choice {
  TokenId token;
  double weight;
};

// The most probable choices first; equals by token.
bool IsMoreProbable(const Choice& a, const Choice& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
}

// The allowed tokens with weights exp(log p / temperature), the largest scaled to 1.
std::vector<Choice> AllowedChoices(std::span<const float> log_probabilities, bool allow_unknown,
                                   double temperature) {
  std::vector<Choice> choices;
  choices.reserve(log_probabilities.size());
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t v = 0; v < log_probabilities.size(); ++v) {
    const auto token = static_cast<TokenId>(v);
    if (token == kBeginId || (token == kUnknownId && !allow_unknown)) continue;
    choices.push_back({token, static_cast<double>(log_probabilities[v]) / temperature});
    largest = std::max(largest, choices.back().weight);
  }
  for (Choice& choice : choices) choice.weight = std::exp(choice.weight - largest);
  return choices;
}

double TotalWeight(const std::vector<Choice>& choices) {
  double total = 0.0;
  for (const Choice& choice : choices) total += choice.weight;
  return total;
}

void KeepMostProbable(std::size_t count, std::vector<Choice>& choices) {
  if (count >= choices.size()) return;
  const auto end = choices.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(choices.begin(), end, choices.end(), IsMoreProbable);
  choices.erase(end, choices.end());
}

void KeepNucleus(double share, std::vector<Choice>& choices) {
  const double wanted = share * TotalWeight(choices);
  std::ranges::sort(choices, IsMoreProbable);
  double sum = 0.0;
  std::size_t count = 0;
  while (count < choices.size() && sum < wanted) sum += choices[count++].weight;
  choices.resize(std::max<std::size_t>(count, 1));
}

TokenId Draw(std::span<const float> log_probabilities, bool allow_unknown,
             const SamplingOptions& options, RandomStream& random) {
  std::vector<Choice> choices =
      AllowedChoices(log_probabilities, allow_unknown, options.temperature);
  if (options.method == SamplingOptions::Method::kTopK) {
    KeepMostProbable(static_cast<std::size_t>(options.top_k), choices);
  } else if (options.method == SamplingOptions::Method::kTopP) {
    KeepNucleus(options.top_p, choices);
  }
  double rest = static_cast<double>(random.Uniform()) * TotalWeight(choices);
  for (const Choice& choice : choices) {
    rest -= choice.weight;
    if (rest < 0.0) return choice.token;
  }
  return choices.back().token;  // rounding left a remainder
}

// The sample that is being drawn for one sentence.
struct SentenceSample {
  Index source;
  std::span<const TokenId> prefix;
  Index max_length;
  RandomStream random;
  SearchHistory history;
  TokenId last_token = kBeginId;
};

// Draws the next token of each sample; moves finished ones to `results`.
void AdvanceSamples(const EnsembleDecoder::Result& step, const BeamSearchOptions& beam_options,
                    const SamplingOptions& options, std::vector<SentenceSample>& active,
                    std::vector<Hypothesis>& results, std::vector<Index>& parents) {
  std::vector<SentenceSample> open;
  parents.clear();
  for (Index row = 0; row < static_cast<Index>(active.size()); ++row) {
    SentenceSample& sample = active[row];
    const std::span<const float> values = step.log_probabilities.Rows(row, row + 1).span();
    if (std::isnan(values[0])) {
      throw NumericError({.where = "sampling", .what = "the model yields NaN"});
    }
    const Index length = sample.history.num_steps();
    const bool forced = length < static_cast<Index>(sample.prefix.size());
    const TokenId token = forced ? sample.prefix[length]
                                 : Draw(values, beam_options.allow_unknown, options, sample.random);
    const Extension extension{0, token, values[token]};
    sample.history.AddAttention(step.attention.Rows(row, row + 1));
    if (token == kEndId || sample.history.num_steps() == sample.max_length) {
      results[sample.source] = sample.history.Reconstruct(extension, beam_options.normalize);
      continue;
    }
    sample.history.Extend({extension});
    sample.last_token = token;
    parents.push_back(row);
    open.push_back(std::move(sample));
  }
  active = std::move(open);
}

}  // namespace

void Validate(const SamplingOptions& options) {
  if (options.top_k < 1) {
    throw ConfigError(
        {.where = "sampling: topk", .expected = "≥ 1", .got = std::to_string(options.top_k)});
  }
  if (!(options.top_p > 0.0 && options.top_p <= 1.0)) {
    throw ConfigError(
        {.where = "sampling: topp", .expected = "in (0, 1]", .got = std::to_string(options.top_p)});
  }
  if (!(options.temperature > 0.0)) {
    throw ConfigError({.where = "sampling: temperature",
                       .expected = "> 0",
                       .got = std::to_string(options.temperature)});
  }
}

std::vector<Hypothesis> SampleTranslations(const Ensemble& ensemble, const SearchInputs& inputs,
                                           std::span<const std::uint64_t> keys,
                                           const BeamSearchOptions& beam_options,
                                           const SamplingOptions& options,
                                           EnsembleWorkspace& workspace) {
  const auto sources = inputs.sources;
  const auto prefixes = inputs.prefixes;
  Validate(options);
  Require(keys.size() == sources.size(), "a key for each source");
  Require(prefixes.empty() || prefixes.size() == sources.size(), "a prefix for each source");
  std::vector<Hypothesis> results(sources.size());
  if (sources.empty()) return results;
  std::vector<SentenceSample> active;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto prefix = prefixes.empty() ? std::span<const TokenId>() : prefixes[i];
    const auto length = static_cast<Index>(sources[i].size());
    active.push_back(
        {.source = static_cast<Index>(i),
         .prefix = prefix,
         .max_length = static_cast<Index>(prefix.size()) + MaxTargetLength(beam_options, length),
         .random = RandomStream(keys[i]),
         .history = SearchHistory(length)});
  }
  EnsembleDecoder decoder(ensemble, inputs, workspace);
  std::vector<Index> parents;
  while (!active.empty()) {
    StopPoint();
    std::vector<Index> source_of;
    std::vector<TokenId> last_token;
    for (const SentenceSample& sample : active) {
      source_of.push_back(sample.source);
      last_token.push_back(sample.last_token);
    }
    const EnsembleDecoder::Result step =
        decoder.Step({.source_of = source_of, .parents = parents, .last_token = last_token});
    AdvanceSamples(step, beam_options, options, active, results, parents);
  }
  return results;
}

}  // namespace talmach
