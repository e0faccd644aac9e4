// The attentive decoder, both kinds (docs/model.md):
//   bahdanau      q_i = s_{i−1}                              s_i = GRU([E y_{i−1} ; c_i], s_{i−1})
//   conditional   q_i = s'_i = GRU₁(E y_{i−1}, s_{i−1})      s_i = GRU₂(c_i, s'_i)
// with c_i = Σ_j α_ij h_j attended from q_i, and s_0 of nn/initial_state.h.
//
// Both are one loop: an optional transition GRU₁ moves the state on, then the attentive cell reads
// that state for its query and its recurrence in one product, attends, and takes the context as its
// (last) input. Whatever does not depend on the loop is done before or after it, for all steps.
#pragma once

#include <optional>

#include "model/attention_intervention.h"
#include "model/dropout_purpose.h"
#include "model/model_config.h"
#include "model/packed_batch.h"
#include "nn/attention_keys.h"
#include "nn/embedding.h"
#include "nn/gru_cell.h"
#include "nn/initial_state.h"
#include "nn/readout.h"

namespace talmach {

/// What the decoder attends to.
struct AttendedSource {
  ConstView annotations;          // [N, C]
  Operand annotation_operand;     // the same for products
  ConstView keys;                 // [N, A]
  SourceSpans spans;              // of each sentence (or hypothesis)
  bool exponential_keys = false;  // keys are ExponentialKeys; not in training
  StepIntervention intervention = {};
};

struct DecoderActivations {
  InitialStateActivations initial;  // s_0
  EmbeddingActivations embedding;
  GruActivations transition;  // conditional only
  GruActivations cell;
  View attention;       // [N, W] α
  View attention_mask;  // [N, W] or empty
  View guide;           // [N, W] or empty: see AttentionBackward
  View context;         // [N, C]
  Operand context_operand;
  Operand state_operand;  // [N, H] for the readout

  ReadoutInputs readout_inputs() const {
    return {state_operand, embedding.operand, context_operand};
  }
};

/// Gradients that arrive from the readout, all [N, ·]; the decoder adds its own to them.
struct DecoderGradients {
  View d_embeddings;
  View d_contexts;
  GruGradients transition;
  GruGradients cell;  // cell.d_state starts as the readout's gradient of the states
};

/// What the decoder's backward pass reads and writes, besides the gradients of parameters.
struct DecoderBackwardCall {
  const AttendedSource& source;
  const SequencePacking& packing;
  const DecoderActivations& activations;
  const DecoderGradients& gradients;  // as the readout left them
  View d_annotations;                 // [N, C], overwritten
};

class Decoder {
 public:
  Decoder(ParameterSet* parameters, Precision precision, const ModelConfig& config,
          const Parameter* embedding);

  void Pack(const PackOptions& options);

  Index attention_size() const { return attention_keys_.size(); }
  const Readout& readout() const { return readout_; }

  /// keys [N, A]: once per batch of sources.
  void Keys(const Operand& annotations, View keys) const {
    attention_keys_.Forward(annotations, keys);
  }
  /// Whether ExponentialKeys suits the attention.
  bool allows_exponential_keys() const {
    return attention_keys_.Energy().activation == AttentionActivation::kTanh;
  }

  /// s_0 of each sentence, [B, H].
  void InitialStates(const AttendedSource& source, Arena& arena, View states) const;

  // Training: all steps of a batch.

  DecoderActivations Allocate(Arena& arena, const SequencePacking& packing, Index longest_source,
                              bool keep) const;

  /// States, attention and contexts of all steps; activations.embedding.tokens holds the packed
  /// decoder inputs.
  void Forward(const AttendedSource& source, const SequencePacking& packing,
               const DropoutKeys& keys, Arena& arena, DecoderActivations& activations) const;

  DecoderGradients AllocateGradients(Arena& arena, const SequencePacking& packing) const;

  /// From the readout's gradients to those of the annotations and of all parameters.
  void Backward(const DecoderBackwardCall& call, Arena& arena,
                Gradients& parameter_gradients) const;

  // Search: one step of M hypotheses. What depends on y_{i−1} alone is computed apart, so that it
  // can be kept (see TokenTable).

  /// The share of E y_{i−1} in x̂ of the first cell: [·, embedding_gates_size()], with b_i.
  Index embedding_gates_size() const { return first_cell().input(0).outputs(); }
  /// gates and readout_sums [·, readout().num_sums()] of the tokens.
  void EmbeddingProducts(std::span<const TokenId> tokens, Arena& arena, View gates,
                         View readout_sums) const;

  /// Activations of M rows for Step. Rows up to ProductRows(M) can be multiplied; those past M hold
  /// zeros, or what products make of zeros.
  DecoderActivations AllocateStep(Arena& arena, Index num_rows) const;
  /// Where Step expects the embeddings' share of the gates, [M, embedding_gates_size()].
  View EmbeddingGates(const DecoderActivations& a) const { return FirstCellActivations(a).x_gates; }
  /// activations.cell.state [M, H] follows `states` [M, H]. source.spans has one span per
  /// hypothesis.
  void Step(const AttendedSource& source, ConstView states, View attention,
            DecoderActivations& activations) const;

 private:
  bool conditional() const { return transition_.has_value(); }
  /// The cell that reads s_{i−1}.
  const GruActivations& FirstCellActivations(const DecoderActivations& a) const {
    return conditional() ? a.transition : a.cell;
  }
  const GruCell& first_cell() const { return conditional() ? *transition_ : cell_; }
  const Linear& context_input() const { return cell_.input(conditional() ? 0 : 1); }

  DecoderActivations AllocateRows(Arena& arena, Index num_rows, Index step_rows, bool keep) const;
  /// The rows of a step: [begin, end), of which products run over [begin, product_end).
  struct StepRows {
    Index begin = 0;
    Index end = 0;
    Index product_end = 0;
  };
  void StepForward(const AttendedSource& source, const StepRows& rows, ConstView previous,
                   const Operand& next_fed, const DecoderActivations& activations) const;

  /// A step in reverse: its rows [begin, end), s_{i−1}, and the gradients it adds to.
  struct StepBackwardCall {
    Index begin = 0;
    Index end = 0;
    ConstView previous;
    View d_previous;
    View d_keys;
  };
  void StepBackward(const DecoderBackwardCall& call, const StepBackwardCall& step,
                    Gradients& parameter_gradients) const;
  void WeightsBackward(const DecoderActivations& activations, const DecoderGradients& gradients,
                       Gradients& parameter_gradients) const;

  Precision precision_;
  DecoderConfig config_;
  DropoutConfig dropout_;
  Index annotation_size_;
  Embedding embedding_;
  InitialStateLayer initial_state_;
  std::optional<GruCell> transition_;
  GruCell cell_;
  AttentionKeys attention_keys_;
  Readout readout_;
};

}  // namespace talmach
