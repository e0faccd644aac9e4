// A model with frozen weights, as search uses it: Encode a batch of sources once, then Step many
// times, one target token per hypothesis and step.
//
// A source may come with candidates: the only target tokens its translation may use. The output
// layer then computes the candidates of all sources of a batch, and each hypothesis looks at those
// of its own source alone, so that it does not depend on its neighbours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/attention_intervention.h"
#include "model/best_tokens.h"
#include "model/seq2seq_model.h"
#include "model/token_table.h"
#include "nn/linear.h"

namespace talmach {

/// The encoder's results for some sources. Owned by the search of one batch.
class EncodedSources {
 public:
  Index num_sources() const { return static_cast<Index>(lengths_.size()); }
  /// Tokens of source i, `</s>` included.
  Index length(Index i) const { return lengths_[i]; }
  Index longest() const { return longest_; }
  /// s_0 of each source, [num_sources, H].
  ConstView initial_states() const { return initial_states_.view(); }

 private:
  friend class InferenceModel;
  /// The output layer for candidates.
  struct Output {
    SelectedLinear layer;                      // of the candidates of all sources
    std::vector<std::vector<TokenId>> tokens;  // of each source, ascending
    std::vector<std::vector<Index>> columns;   // where they are among the outputs of the layer
  };

  Tensor<float> annotations_;     // [tokens, 2H], source by source
  Tensor<float> keys_;            // [tokens, A], exponential ones where the attention is tanh
  Tensor<float> initial_states_;  // [num_sources, H]
  std::vector<Index> begins_;
  std::vector<Index> lengths_;
  Index longest_ = 0;
  AttentionChange attention_change_ = AttentionChange::kNone;
  std::vector<std::uint64_t> permutation_keys_;  // of each source; kPermuted only
  std::optional<Output> output_;
};

/// One decoder step of M hypotheses: what they are, and where its results go.
struct HypothesisStep {
  std::span<const Index> source_of;     // [M] the source that hypothesis i translates
  std::span<const TokenId> last_token;  // [M] y_{i−1}, `<s>` at first
  ConstView states;                     // [M, H] s_{i−1}
  View next_states;                     // [M, H] gets s_i
  View attention;  // [M, W], W ≥ sources.longest(), gets α_i; 0 past the source's length
};

/// Const methods may run in several threads at once, each with its own arena.
class InferenceModel {
 public:
  /// Takes the model over; its weights must be packed and stay unchanged.
  explicit InferenceModel(std::shared_ptr<const Seq2SeqModel> model);

  const Seq2SeqModel& model() const { return *model_; }
  Index state_size() const { return model_->config().decoder.hidden_size; }
  Index target_vocabulary_size() const { return model_->vocabulary().target; }

  /// Sources end in `</s>` and are not empty; at most a few hundred at a time. `intervention`
  /// changes the attention that all their steps use and return. `candidates` is empty, or has the
  /// target tokens that each source may be translated with: at least one, ascending.
  EncodedSources Encode(std::span<const std::vector<TokenId>> sources, Arena& arena,
                        const AttentionIntervention& intervention = {},
                        std::span<const std::vector<TokenId>> candidates = {}) const;

  /// One decoder step; log_probabilities [M, V] in nats, −∞ for what is no candidate.
  void Step(const EncodedSources& sources, const HypothesisStep& step, View log_probabilities,
            Arena& arena) const;

  /// The same where only the best tokens are of interest: in place of the log-probabilities of all
  /// tokens `best` gets those that may follow.
  void StepBest(const EncodedSources& sources, const HypothesisStep& step,
                const TokenChoice& choice, const BestTokens& best, Arena& arena) const;

 private:
  EncodedSources::Output SelectOutput(std::span<const std::vector<TokenId>> candidates) const;
  Operand Advance(const EncodedSources& sources, const HypothesisStep& step, Arena& arena) const;
  void StepCandidates(const EncodedSources::Output& output, std::span<const Index> source_of,
                      const Operand& readout, View log_probabilities, Arena& arena) const;

  std::shared_ptr<const Seq2SeqModel> model_;
  TokenTable table_;
};

}  // namespace talmach
