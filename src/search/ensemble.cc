// Tested by tests/search/beam_search_test.cc and tests/search/translator_test.cc.
//
// The mean of n models in log space. Probabilities are averaged, not their logarithms: a model that
// rules a token out lowers it, but cannot forbid it alone. With m = max(a, b),
//
//   log(e^a + e^b) = m + log(1 + e^(min(a, b) − m)),
//
// which neither overflows nor loses the smaller term early; two −∞ stay −∞. Adding up the models in
// this way and subtracting log n gives log(1/n Σ p_m).
//
// A single model skips all that: it chooses its best tokens itself, without ever writing a
// distribution over the vocabulary (InferenceModel::StepBest). Each member keeps the states of the
// last step's rows, and FollowParents gathers from them the state that each new row continues; a
// hypothesis with two children is copied twice, one without any is dropped.
#include "search/ensemble.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kElementsPerThread = 1 << 14;

// log(e^a + e^b).
float AddInLogSpace(float a, float b) {
  const float larger = std::max(a, b);
  if (larger == -std::numeric_limits<float>::infinity()) return larger;
  return larger + std::log1p(std::exp(std::min(a, b) - larger));
}

}  // namespace

void EnsembleWorkspace::Prepare(Index num_models) {
  while (static_cast<Index>(arenas.size()) < num_models) {
    arenas.push_back(std::make_unique<Arena>());
  }
}

void AccumulateInLogSpace(std::span<const float> x, std::span<float> sums) {
  Require(x.size() == sums.size(), "distributions over the same tokens");
  ParallelFor(static_cast<Index>(x.size()), kElementsPerThread, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) sums[i] = AddInLogSpace(sums[i], x[i]);
  });
}

void AddTo(std::span<const float> x, std::span<float> sums) {
  Require(x.size() == sums.size(), "attention over the same source");
  for (std::size_t i = 0; i < x.size(); ++i) sums[i] += x[i];
}

void DivideSums(Index num_models, std::span<float> log_probabilities, std::span<float> attention) {
  if (num_models == 1) return;
  const auto size = static_cast<float>(num_models);
  const float log_size = std::log(size);
  for (float& value : log_probabilities) value -= log_size;
  for (float& value : attention) value /= size;
}

Ensemble::Ensemble(std::vector<std::shared_ptr<const InferenceModel>> models,
                   const AttentionIntervention& intervention)
    : models_(std::move(models)), intervention_(intervention) {
  Require(!models_.empty(), "an ensemble has at least one model");
  const VocabularySizes& first = models_[0]->model().vocabulary();
  for (const auto& model : models_) {
    const VocabularySizes& sizes = model->model().vocabulary();
    if (sizes.source == first.source && sizes.target == first.target) continue;
    throw ConfigError(
        {.where = "ensemble",
         .what = "the models have different vocabularies",
         .expected = std::to_string(first.source) + " and " + std::to_string(first.target),
         .got = std::to_string(sizes.source) + " and " + std::to_string(sizes.target) + " pieces"});
  }
}

EnsembleDecoder::EnsembleDecoder(const Ensemble& ensemble, const SearchInputs& inputs,
                                 EnsembleWorkspace& workspace)
    : workspace_(workspace), vocabulary_size_(ensemble.target_vocabulary_size()) {
  workspace.Prepare(ensemble.size());
  for (Index m = 0; m < ensemble.size(); ++m) {
    Arena* arena = workspace.arenas[m].get();
    members_.push_back(
        Member{.model = &ensemble.model(m),
               .arena = arena,
               .sources = ensemble.model(m).Encode(inputs.sources, *arena, ensemble.intervention(),
                                                   inputs.candidates),
               .states = {},
               .previous = {}});
    const ConstView initial = members_.back().sources.initial_states();
    members_.back().states.assign(initial.data(), initial.data() + initial.size());
  }
}

// Makes the states of the rows' parents the previous ones.
void EnsembleDecoder::FollowParents(Member& member, const StepRows& rows) {
  const Index state_size = member.model->state_size();
  const auto num_values = static_cast<std::size_t>(rows.size() * state_size);
  if (rows.parents.empty()) {
    member.previous.swap(member.states);
  } else {
    member.previous.resize(num_values);
    for (Index i = 0; i < rows.size(); ++i) {
      std::copy_n(member.states.data() + rows.parents[i] * state_size, state_size,
                  member.previous.data() + i * state_size);
    }
  }
  member.states.resize(num_values);
}

void EnsembleDecoder::StepMember(Member& member, const StepRows& rows, const Result& result) {
  FollowParents(member, rows);
  const Index state_size = member.model->state_size();
  member.model->Step(member.sources,
                     {.source_of = rows.source_of,
                      .last_token = rows.last_token,
                      .states = ConstView(member.previous.data(), {rows.size(), state_size}),
                      .next_states = View(member.states.data(), {rows.size(), state_size}),
                      .attention = result.attention},
                     result.log_probabilities, *member.arena);
}

EnsembleDecoder::Result EnsembleDecoder::Step(const StepRows& rows) {
  workspace_.results.Reset();
  return StepMembers(rows);
}

EnsembleDecoder::BestResult EnsembleDecoder::StepBest(const StepRows& rows,
                                                      const TokenChoice& choice, Index num_best) {
  Arena& memory = workspace_.results;
  memory.Reset();
  const Index columns = std::min(num_best, vocabulary_size_);
  BestResult result{.best = {.values = memory.Allocate<float>({rows.size(), columns}),
                             .tokens = memory.Allocate<TokenId>({rows.size(), columns})},
                    .attention = {}};
  if (members_.size() > 1) {
    const Result mean = StepMembers(rows);
    FindBest(mean.log_probabilities, choice, 0, result.best);
    result.attention = mean.attention;
    return result;
  }
  Member& member = members_[0];
  FollowParents(member, rows);
  result.attention = memory.Allocate<float>({rows.size(), member.sources.longest()});
  const Index state_size = member.model->state_size();
  member.model->StepBest(member.sources,
                         {.source_of = rows.source_of,
                          .last_token = rows.last_token,
                          .states = ConstView(member.previous.data(), {rows.size(), state_size}),
                          .next_states = View(member.states.data(), {rows.size(), state_size}),
                          .attention = result.attention},
                         choice, result.best, *member.arena);
  return result;
}

EnsembleDecoder::Result EnsembleDecoder::StepMembers(const StepRows& rows) {
  Arena& memory = workspace_.results;
  const auto allocate = [&] {
    return Result{memory.Allocate<float>({rows.size(), vocabulary_size_}),
                  memory.Allocate<float>({rows.size(), members_[0].sources.longest()})};
  };
  const Result result = allocate();
  StepMember(members_[0], rows, result);
  if (members_.size() == 1) return result;

  const Result other = allocate();
  for (std::size_t m = 1; m < members_.size(); ++m) {
    StepMember(members_[m], rows, other);
    AccumulateInLogSpace(other.log_probabilities.span(), result.log_probabilities.span());
    AddTo(other.attention.span(), result.attention.span());
  }
  DivideSums(static_cast<Index>(members_.size()), result.log_probabilities.span(),
             result.attention.span());
  return result;
}

}  // namespace talmach
