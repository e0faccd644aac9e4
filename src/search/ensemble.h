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
  std::vector<std::unique_ptr<StepWorkspace>> arenas;  // one per model
  StepWorkspace results;
};

/// The models of a search. Const methods may run in several threads, each with its own workspace.
class Ensemble {
 public:
  /// At least one model. Throws ConfigError if vocabulary sizes differ.
  explicit Ensemble(std::vector<std::shared_ptr<const InferenceModel>> models);

  Index size() const { return static_cast<Index>(models_.size()); }
  const InferenceModel& model(Index i) const { return *models_[i]; }
  Index target_vocabulary_size() const { return models_[0]->target_vocabulary_size(); }

 private:
  std::vector<std::shared_ptr<const InferenceModel>> models_;
};

/// The decoder of one batch of sources: rows of hypotheses that advance together.
class EnsembleDecoder {
 public:
  /// Encodes the sources (tokens with `</s>`). The arguments must outlive the decoder.
  EnsembleDecoder(const Ensemble& ensemble, std::span<const std::vector<TokenId>> sources,
                  EnsembleWorkspace& workspace);

  /// What a step yields; valid until the next Step. Rows may be changed in place.
  struct Result {
    View log_probabilities;  // [M, V], nats
    View attention;          // [M, W], W ≥ longest source; 0 past a source's end
  };

  /// Advances M hypotheses. Row i continues row parents[i] of the step before by last_token[i]
  /// and translates source source_of[i]. At the first step `parents` is empty, there is one row
  /// for each source in order, and last_token is `<s>`.
  Result Step(std::span<const Index> source_of, std::span<const Index> parents,
              std::span<const TokenId> last_token);

 private:
  struct Member {
    const InferenceModel* model;
    EncodedSources sources;
    Tensor<float> states[2];  // of the step before and of this one
  };
  void StepMember(Member& member, StepWorkspace& arena, std::span<const Index> source_of,
                  std::span<const Index> parents, std::span<const TokenId> last_token,
                  View log_probabilities, View attention);

  const Ensemble& ensemble_;
  EnsembleWorkspace& workspace_;
  std::vector<Member> members_;
  Index longest_ = 0;
  Index num_steps_ = 0;
};

}  // namespace talmach
