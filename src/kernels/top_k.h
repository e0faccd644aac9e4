// The k largest entries of each row.
#pragma once

#include <span>

#include "tensor/tensor_view.h"

namespace talmach {

/// values [M, k] and columns [M, k] get the k largest entries of each row of `scores` [M, V] in
/// descending order; equal entries, also of −∞, in ascending order of column. k ≤ V. A row with NaN
/// gives some k of its columns.
void TopK(ConstView scores, View values, TensorView<TokenId> columns);

}  // namespace talmach
