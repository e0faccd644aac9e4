// Rounding to 8 bits for products of frozen weights: one scale for each row of activations, found
// from the row itself, and one for each output of a weight (as in Wu et al. 2016, section 6, where
// the scales are those of whole matrices).
//
// A product x wᵀ becomes an integer product of a = round(x / s_x) + 128 in [1, 255] and
// b = round(w / s_w) in [−127, 127]:
//   x · w ≈ s_x s_w (Σ a b − 128 Σ b)
// The offset makes the first factor unsigned, which is what the processors' instructions multiply.
#pragma once

#include <cstdint>

#include "tensor/tensor_view.h"

namespace talmach {

/// Added to rounded activations.
inline constexpr int kActivationOffset = 128;

/// values[r, c] = round(x[r, c] / scales[r]) + 128 with scales[r] = max_c |x[r, c]| / 127, ties to
/// even. The rows of `values` are `padded_cols` ≥ x.cols() wide; the padding is 128. x must be
/// finite. Rows below 1e-30 become zeros.
void QuantizeActivations(ConstView x, Index padded_cols, std::uint8_t* values, float* scales);

/// values[r, c] = round(w[r, c] / scales[r]) with scales[r] = max_c |w[r, c]| / limit, limit at
/// most 127; the padding is 0. sums[r] = 128 Σ_c values[r, c].
void QuantizeWeights(ConstView weight, Index padded_cols, int limit, std::int8_t* values,
                     float* scales, std::int32_t* sums);

/// y[r, c] = row_scales[r] · column_scales[c] · (products[r, c] − sums[c]) + bias[c], or y += …
/// when `accumulate`. `bias` may be null; `products` has the shape of y.
void DequantizeProducts(const std::int32_t* products, const float* row_scales,
                        const float* column_scales, const std::int32_t* sums, const float* bias,
                        bool accumulate, View y);

}  // namespace talmach
