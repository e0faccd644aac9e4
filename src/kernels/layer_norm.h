// Layer normalisation (Ba, Kiros, Hinton 2016) of each row, block by block:
//   y = gain ∘ (x − mean) / sqrt(variance + 1e-5) + bias
// with mean and (biased) variance over each block of `block_size` columns. A GRU's 3H stacked
// gates are three blocks of H.
#pragma once

#include "kernels/operand.h"

namespace talmach {

inline constexpr float kLayerNormEpsilon = 1e-5f;

/// Normalises the first num_blocks · block_size columns of each row of `x` into `y`; the row
/// strides are their cols(); y may be x. `normalised` [rows, blocks · size] gets (x − mean)/σ and
/// `inverse_deviation` [rows, blocks] gets 1/σ for backward; both may be empty.
void LayerNormForward(ConstView x, Index num_blocks, Index block_size, const float* gain,
                      const float* bias, View y, View normalised, View inverse_deviation);

/// d_x, the gradient of x, from d_y (first blocks · size columns of each row; strides are cols();
/// d_x may be the memory of d_y). Adds to d_gain and d_bias [blocks · size], deterministically for
/// a given number of threads.
void LayerNormBackward(ConstView d_y, ConstView normalised, ConstView inverse_deviation,
                       Index num_blocks, Index block_size, const float* gain, const Operand& d_x,
                       float* d_gain, float* d_bias);

}  // namespace talmach
