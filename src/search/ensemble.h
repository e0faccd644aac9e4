// One or several models as one distribution over the next token.
//
// Probabilities are averaged: log p(y) = log(1/n · Σ_m p_m(y)), the arithmetic mean. Attention is
// the mean of the models' weights. All models must share both vocabularies.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/inference_model.h"

namespace talmach {

/// Memory of one thread for one ensemble.
struct EnsembleWorkspace {
  /// Makes an arena for each of `num_models` models.
  void Prepare(Index num_models);

  std::vector<std::unique_ptr<Arena>> arenas;  // one per model
  Arena results;                               // of a step
};

/// The steps of an arithmetic mean of probabilities: sums = log(e^sums + e^x), and at the end sums
/// −= log n. Attention is summed and divided.
void AccumulateInLogSpace(std::span<const float> x, std::span<float> sums);
void AddTo(std::span<const float> x, std::span<float> sums);
void DivideSums(Index num_models, std::span<float> log_probabilities, std::span<float> attention);

/// The models of a search. Const methods may run in several threads, each with its own workspace.
class Ensemble {
 public:
  /// At least one model. Throws ConfigError if vocabulary sizes differ. `intervention` is applied
  /// to the attention of each model.
  explicit Ensemble(std::vector<std::shared_ptr<const InferenceModel>> models,
                    const AttentionIntervention& intervention = {});

  Index size() const { return static_cast<Index>(models_.size()); }
  const InferenceModel& model(Index i) const { return *models_[i]; }
  Index target_vocabulary_size() const { return models_[0]->target_vocabulary_size(); }
  const AttentionIntervention& intervention() const { return intervention_; }

 private:
  std::vector<std::shared_ptr<const InferenceModel>> models_;
  AttentionIntervention intervention_;
};

/// The inputs of a search. A list that is not empty has an element for each source.
struct SearchInputs {
  std::span<const std::vector<TokenId>> sources;        // tokens with `</s>`, not empty
  std::span<const std::vector<TokenId>> prefixes = {};  // tokens (without `</s>`) that a
                                                        // translation must begin with
  /// The target tokens that may be used, ascending, with `</s>` and those of the prefix.
  std::span<const std::vector<TokenId>> candidates = {};
};

/// Hypotheses that advance together. Row i continues row parents[i] of the step before by
/// last_token[i] and translates source source_of[i]. At the first step `parents` is empty, there is
/// one row for each source in order, and last_token is `<s>`.
struct StepRows {
  std::span<const Index> source_of;
  std::span<const Index> parents;
  std::span<const TokenId> last_token;

  Index size() const { return static_cast<Index>(source_of.size()); }
};

/// The decoder of one batch of sources.
class EnsembleDecoder {
 public:
  /// Encodes the sources; what the inputs and other arguments refer to must outlive the decoder.
  EnsembleDecoder(const Ensemble& ensemble, const SearchInputs& inputs,
                  EnsembleWorkspace& workspace);

  /// What a step yields; valid until the next one.
  struct Result {
    View log_probabilities;  // [M, V], nats
    View attention;          // [M, W], W ≥ longest source; 0 past a source's end
  };

  /// Advances M hypotheses.
  Result Step(const StepRows& rows);

  /// The same for a search that goes on with the `num_best` best tokens of each row.
  struct BestResult {
    BestTokens best;
    View attention;  // [M, W]
  };
  BestResult StepBest(const StepRows& rows, const TokenChoice& choice, Index num_best);

 private:
  struct Member {
    const InferenceModel* model;
    Arena* arena;
    EncodedSources sources;
    std::vector<float> states;    // of the rows of this step, [M, H]
    std::vector<float> previous;  // of their parents
  };
  static void FollowParents(Member& member, const StepRows& rows);
  static void StepMember(Member& member, const StepRows& rows, const Result& result);
  Result StepMembers(const StepRows& rows);

  EnsembleWorkspace& workspace_;
  std::vector<Member> members_;
  Index vocabulary_size_ = 0;
};

}  // namespace talmach
