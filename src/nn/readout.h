// The deep output (Pascanu et al. 2014; Bahdanau et al. 2015, A.2.2), for all steps at once:
//   t_i = act(U_o s_i + V_o E y_{i−1} + C_o c_i + b_o)
// act is tanh, or the maximum of adjacent pairs (maxout; the products then have 2R rows).
#pragma once

#include "nn/linear.h"

namespace talmach {

enum class ReadoutActivation { kTanh, kMaxout };

struct ReadoutSizes {
  Index state = 0;      // H
  Index embedding = 0;  // E
  Index context = 0;    // C
  Index readout = 0;    // R
};

struct ReadoutInputs {
  Operand states;      // [N, H]
  Operand embeddings;  // [N, E]
  Operand contexts;    // [N, C]
};

/// Gradients of the inputs, of their shapes; overwritten.
struct ReadoutInputGradients {
  View states;
  View embeddings;
  View contexts;
};

struct ReadoutActivations {
  View sums;        // [N, R or 2R] before the activation; tanh works in place
  View values;      // [N, R] t before dropout
  Dropout dropout;  // of the elements of t
  Operand operand;  // [N, R] t, dropped out, for the product with the output weights

  ReadoutActivations Rows(Index begin, Index end) const {
    return {sums.Rows(begin, end), values.Rows(begin, end), dropout, operand.Rows(begin, end)};
  }
};

class Readout {
 public:
  /// Declares `name.state.weight`, `.embedding.weight`, `.context.weight`, `.bias`.
  Readout(ParameterSet* parameters, Precision precision, const std::string& name,
          const ReadoutSizes& sizes, ReadoutActivation activation);

  void Pack(const PackOptions& options);

  ReadoutActivations Allocate(Arena& arena, Index num_rows) const;

  void Forward(const ReadoutInputs& inputs, const ReadoutActivations& activations) const;

  /// The same in two parts: first sums = V_o E y_{i−1}, which depends on a token alone; then the
  /// rest, given these sums.
  void ForwardEmbeddings(const Operand& embeddings, View sums) const {
    embedding_.Forward(embeddings, /*add=*/false, sums);
  }
  void ForwardRest(const Operand& states, const Operand& contexts,
                   const ReadoutActivations& activations) const;
  Index num_sums() const { return embedding_.outputs(); }

  /// From d_values [N, R], the gradient of the dropped-out t (overwritten), to the gradients of the
  /// three inputs and of the parameters.
  void Backward(const ReadoutInputs& inputs, const ReadoutActivations& activations, View d_values,
                const ReadoutInputGradients& d_inputs, Arena& arena, Gradients& gradients) const;

 private:
  Precision precision_;
  Index size_;
  ReadoutActivation activation_;
  Linear state_;  // carries b_o
  Linear embedding_;
  Linear context_;
};

}  // namespace talmach
