// A gated recurrent unit (Cho et al. 2014) with the reset gate after the matrix product, as in
// PyTorch, cuDNN and Marian; optionally with layer normalisation.
//
//   x̂ = W_i x + b_i,  ĥ = W_h h + b_h        products, [·, 3H] in the order r, z, n
//   x̂ ← LN(x̂),  ĥ ← LN(ĥ)                    only with layer_norm: per block of H
//   r = σ(x̂_r + ĥ_r)   z = σ(x̂_z + ĥ_z)   n = tanh(x̂_n + r ∘ ĥ_n)   h' = (1 − z) ∘ n + z ∘ h
//
// The cell is divided for speed: the products with inputs that are known beforehand are done for
// all steps at once, and only W_h h stays in the loop; gradients of weights are one product after
// the loop over the saved gradients of x̂ and ĥ. The attention's query W_a h reads the same state
// as W_h h, so its weight can be stacked below W_h and one product computes both.
#pragma once

#include <string>
#include <vector>

#include "kernels/gru_gates.h"
#include "nn/linear.h"
#include "nn/sequence_packing.h"

namespace talmach {

struct GruCellOptions {
  std::vector<Index> inputs;  // widths of the parts x is the concatenation of
  Index hidden = 0;           // H
  bool layer_norm = false;
};

/// A weight [size, H] that reads the same state as W_h and is stacked below it; size 0: none.
struct StackedQuery {
  std::string name;
  Index size = 0;  // A
};

/// What layer normalisation keeps for backward.
struct LayerNormValues {
  View normalised;         // [N, 3H]
  View inverse_deviation;  // [N, 3]

  /// Those of rows [begin, end); empty if these are.
  LayerNormValues Rows(Index begin, Index end) const {
    if (normalised.empty()) return {};
    return {normalised.Rows(begin, end), inverse_deviation.Rows(begin, end)};
  }
};

/// Everything of one pass over N packed rows. Rows belong to steps; the caller knows to which.
struct GruActivations {
  View x_gates;         // [N, 3H] x̂
  View h_products;      // [B, 3H + A] ĥ and the query, of the step at hand
  View queries;         // [N, A] if backward needs them
  GruGateValues gates;  // of N rows; r, z, n take the place of x̂
  LayerNormValues x_norm;
  LayerNormValues h_norm;
  View state;       // [N, H] h'
  Operand fed;      // [N, H] h as the products of each step read it (dropped out)
  View state_mask;  // [B, H] dropout of the recurrent state, or empty
};

/// Gradients that the loop in reverse leaves for the products after it.
struct GruGradients {
  Operand d_x_gates;     // [N, 3H]
  Operand d_h_products;  // [N, 3H + A]
  View d_state;          // [N, H]
  View d_previous;       // [B, H] of the step at hand: the carry
  View d_fed;            // [B, H] of the step at hand: through the products
  View d_x_normed;       // [B, 3H] of the step at hand, with layer norm
  View d_h_normed;       // [B, 3H]
};

class GruCell {
 public:
  /// Declares `name.weight_ih` (one block of columns per input), `weight_hh`, `bias_ih`,
  /// `bias_hh`, and with layer_norm `layer_norm_ih.{weight,bias}`, `layer_norm_hh.{weight,bias}`.
  GruCell(ParameterSet* parameters, Precision precision, const std::string& name,
          const GruCellOptions& options, const StackedQuery& query = {});

  void Pack(const PackOptions& options);

  Index hidden_size() const { return options_.hidden; }
  Index product_size() const { return hidden_.outputs(); }  // 3H + A
  /// The products with part k of the input; part 0 carries b_i.
  const Linear& input(Index k) const { return inputs_[k]; }

  /// Activations for N packed rows and at most B rows per step. Inference needs no gate values.
  GruActivations Allocate(Arena& arena, Index num_rows, Index step_rows, bool keep) const;
  GruGradients AllocateGradients(Arena& arena, Index num_rows, Index step_rows) const;

  /// ĥ (and the query) of the rows [begin, end): activations.h_products = fed · [W_h; W_a]ᵀ + b_h.
  void MultiplyState(Index begin, Index end, const GruActivations& activations) const;

  /// A matrix whose last A columns are the queries of the rows [begin, end): of the step at hand,
  /// or of any if they are kept.
  ConstView Queries(Index begin, Index end, const GruActivations& activations) const;

  /// The gates of rows [begin, end), from their x̂ and the ĥ of MultiplyState, into their state.
  /// previous: h of these rows (fewer rows: the others start from zero). next_fed, next_mask: where
  /// and how the state is read next; may be empty.
  void Gates(Index begin, Index end, ConstView previous, const Operand& next_fed,
             ConstView next_mask, const GruActivations& activations) const;

  /// The reverse of Gates: from d_state of the rows to their d_x_gates, the first 3H columns of
  /// d_h_products, and gradients.d_previous (the carry).
  void GatesBackward(Index begin, Index end, ConstView previous, const GruActivations& activations,
                     const GruGradients& gradients, Gradients& parameter_gradients) const;

  /// The reverse of MultiplyState and of the carry: adds to d_target, the gradient of `previous`,
  /// the carry and what comes through the products (masked as the state was).
  void StateBackward(Index begin, const GruActivations& activations, const GruGradients& gradients,
                     View d_target) const;

  /// dW_h, dW_a, db_h for all rows at once.
  void StateWeightsBackward(const GruActivations& activations, const GruGradients& gradients,
                            Gradients& parameter_gradients) const;

 private:
  struct LayerNormParameters {
    const Parameter* weight = nullptr;
    const Parameter* bias = nullptr;
  };
  LayerNormParameters AddLayerNorm(ParameterSet* parameters, const std::string& name) const;
  /// In place; `values` gets what backward needs, unless it is empty.
  void Normalise(const LayerNormParameters& norm, const LayerNormValues& values, View gates) const;
  void NormaliseBackward(const LayerNormParameters& norm, const LayerNormValues& values,
                         ConstView d_gates, const Operand& d_products,
                         Gradients& parameter_gradients) const;

  const ParameterSet* parameters_;
  Precision precision_;
  GruCellOptions options_;
  std::vector<Linear> inputs_;
  const Parameter* query_weight_ = nullptr;
  Linear hidden_;
  LayerNormParameters norm_ih_;
  LayerNormParameters norm_hh_;
};

/// fed = state ∘ mask (an empty mask is all ones), the form in which the first step reads s_0.
/// `masked` is memory as large as `state`.
void FeedMasked(ConstView state, ConstView mask, View masked, const Operand& fed);

}  // namespace talmach
