// The pointwise part of a gated recurrent unit, in the convention of PyTorch, cuDNN and Marian
// (the reset gate acts after the matrix product; Cho et al. 2014 apply it before):
//   r = σ(x_r + h_r)   z = σ(x_z + h_z)   n = tanh(x_n + r ∘ h_n)   h' = (1 − z) ∘ n + z ∘ h
// where [x_r x_z x_n] = W_i x + b_i and [h_r h_z h_n] = W_h h + b_h, each [B, 3H], come from
// products. Gates in the order r, z, n.
#pragma once

#include "kernels/operand.h"

namespace talmach {

/// What backward needs of a step.
struct GruGateValues {
  View gates;             // [B, >= 3H] r, z, n; the row stride is cols()
  View hidden_candidate;  // [B, H] h_n, the candidate's part of W_h h + b_h

  bool empty() const { return gates.empty(); }
  GruGateValues Rows(Index begin, Index end) const {
    return {gates.Rows(begin, end), hidden_candidate.Rows(begin, end)};
  }
};

/// One step for B = state.rows() rows. Gates may be the leading columns of a wider product.
struct GruGatesCall {
  ConstView x_gates;          // [B, >= 3H]; the row stride is cols()
  ConstView h_gates;          // likewise
  ConstView previous = {};    // h, [B' ≤ B, H]; rows past B' start from h = 0
  GruGateValues values = {};  // written if not empty; its gates may be the memory of x_gates, which
                              // then is lost
  View state;                 // [B, H] gets h'
  /// If not empty, rows [0, fed.rows()) get state ∘ fed_mask, the form in which the next step's
  /// products read the state; fed_mask [B, H] (dropout of the recurrent state) may be empty.
  Operand fed = {};
  ConstView fed_mask = {};
};
void GruGatesForward(const GruGatesCall& call);

/// The step in reverse. With g = d_state:
///   d_n = g ∘ (1 − z) ∘ (1 − n²)      d_z = g ∘ (h − n) ∘ z ∘ (1 − z)
///   d_r = d_n ∘ h_n ∘ r ∘ (1 − r)     d_h = g ∘ z (the carry alone; products add the rest)
///   d_x_gates = [d_r d_z d_n]          d_h_gates = [d_r d_z d_n ∘ r]
struct GruGatesBackwardCall {
  ConstView d_state;        // [B, H]
  GruGateValues values;     // as the forward pass wrote them
  ConstView previous = {};  // as in the forward pass
  Operand d_x_gates;        // [B, >= 3H]; the leading 3H columns are written
  Operand d_h_gates;        // likewise
  View d_previous;          // [B', H], overwritten with the carry; may be d_state itself
};
void GruGatesBackward(const GruGatesBackwardCall& call);

}  // namespace talmach
