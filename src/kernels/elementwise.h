// Pointwise functions of whole matrices.
#pragma once

#include "kernels/operand.h"

namespace talmach {

/// y = tanh(x); y may be x. Maximum absolute error 3e-7.
void Tanh(ConstView x, View y);

/// d_x = d_y ∘ (1 − y²); d_x may be the memory of d_y.
void TanhBackward(ConstView d_y, ConstView y, const Operand& d_x);

/// y_k = max(x_2k, x_2k+1) for each row (Goodfellow et al. 2013, as in Bahdanau et al. 2015,
/// A.2.2): x [M, 2R], y [M, R].
void Maxout(ConstView x, View y);

/// The gradient goes to the larger of each pair, to the first if both are equal.
void MaxoutBackward(ConstView d_y, ConstView x, const Operand& d_x);

/// y += x.
void Add(ConstView x, View y);

/// y += x ∘ mask; an empty mask is all ones.
void AddMasked(ConstView x, ConstView mask, View y);

}  // namespace talmach
