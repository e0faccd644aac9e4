// The k largest entries of each row.
#pragma once

#include <span>

#include "tensor/tensor_view.h"

namespace talmach {

/// values [M, k] and columns [M, k] get the k largest entries of each row of `scores` [M, V] in
/// descending order; equal entries in ascending order of column. k ≤ V. Not for NaN.
void TopK(ConstView scores, View values, TensorView<TokenId> columns);

}  // namespace talmach
