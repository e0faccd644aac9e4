// Rounding to 8 bits for products of frozen weights: one scale for each row of activations, found
// from the row itself, and one for each row (output) of a weight (as in Wu et al. 2016, section 6,
// where the scales are those of whole matrices).
//
// With n = 127, a product x wᵀ becomes an integer product of a = round(x / s_x) + n + 1 in
// [1, 2n + 1] and b = round(w / s_w) in [−127, 127]:
//   x · w ≈ s_x s_w (Σ a b − (n + 1) Σ b)
// The offset makes the first factor unsigned, which is what the processors' instructions multiply.
// Processors without VNNI add two of these products in 16 bits; there n = 63 keeps the sums exact.
// It is the activations that lose a bit, so that rounded weights are the same everywhere.
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
/// rounded as weights are; limit is the n above. The rows of `values` are `padded_cols` ≥ x.cols()
/// wide; the padding is limit + 1.
void QuantizeActivations(ConstView x, Index padded_cols, int limit, std::uint8_t* values,
                         float* scales);

/// y[r, c] = row_scales[r] · column_scales[c] · (products[r, c] − sums[c]) + bias[c], or y += …
/// when `accumulate`. `bias` may be null; `products` has the shape of y.
void DequantizeProducts(const std::int32_t* products, const float* row_scales,
                        const float* column_scales, const std::int32_t* sums, const float* bias,
                        bool accumulate, View y);

}  // namespace talmach
