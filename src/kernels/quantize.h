// Rounding to 8 bits for products of frozen weights: one scale for each row of activations, found
// from the row itself, and one for each row (output) of a weight (as in Wu et al. 2016, section 6,
// where the scales are those of whole matrices).
//
// A product x wᵀ becomes an integer product of a = round(x / s_x) + 128 in [1, 255] and
// b = round(w / s_w) in [−127, 127]:
//   x · w ≈ s_x s_w (Σ a b − 128 Σ b)
// The offset makes the first factor unsigned, which is what VNNI and AMX multiply. All of it is the
// same on every processor, to the bit.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor_view.h"

namespace talmach {

/// A weight in 8 bits: w[r, c] ≈ scales[r] · values[r, c]. Does not own its memory.
struct QuantizedView {
  ConstInt8View values;           // [rows, cols]
  const float* scales = nullptr;  // [rows]
};

/// values[r, c] = round(w[r, c] / scales[r]), ties to even, with scales[r] = max_c |w[r, c]| / 127.
/// Rows below 1e-30 become zeros; so do rows with NaN or infinity, whose scale is NaN.
void QuantizeWeights(ConstView weight, TensorView<std::int8_t> values, std::span<float> scales);

/// values[r, c] = round(x[r, c] / scales[r]) + limit + 1 with scales[r] = max_c |x[r, c]| / limit,
/// rounded as weights are; products take 127 levels. The rows of `values` are `padded_cols` ≥
/// x.cols() wide; the padding is limit + 1.
void QuantizeActivations(ConstView x, Index padded_cols, int limit, std::uint8_t* values,
                         float* scales);

/// y[r, c] = row_scales[r] · column_scales[c] · (products[r, c] − sums[c]) + bias[c], or y += …
/// when `accumulate`.
struct DequantizeCall {
  const std::int32_t* products = nullptr;  // [rows, cols] of y
  const float* row_scales = nullptr;       // [rows]
  const float* column_scales = nullptr;    // [cols]
  const std::int32_t* sums = nullptr;      // [cols]
  const float* bias = nullptr;             // [cols], or null
  bool accumulate = false;
  View y;
};
void DequantizeProducts(const DequantizeCall& call);

}  // namespace talmach
