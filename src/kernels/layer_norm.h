// Layer normalisation (Ba, Kiros, Hinton 2016) of each row, block by block:
//   y = gain ∘ (x − mean) / sqrt(variance + 1e-5) + bias
// with mean and (biased) variance over each block of `block_size` columns. A GRU's 3H stacked
// gates are three blocks of H.
#pragma once

#include "kernels/operand.h"

namespace talmach {

inline constexpr float kLayerNormEpsilon = 1e-5f;

/// Normalises the first num_blocks · block_size columns of each row of `x` into `y`; the row
/// strides are their cols().
struct LayerNormCall {
  ConstView x;
  Index num_blocks = 0;
  Index block_size = 0;
  const float* gain = nullptr;  // [blocks · size]
  const float* bias = nullptr;  // [blocks · size]
  View y;                       // may be x
  // For backward; both may be empty.
  View normalised = {};         // [rows, blocks · size] gets (x − mean)/σ
  View inverse_deviation = {};  // [rows, blocks] gets 1/σ
};
void LayerNormForward(const LayerNormCall& call);

/// The gradient of x from that of y, both in the first num_blocks · block_size columns of each row.
/// Adds to d_gain and d_bias, deterministically for a given number of threads.
struct LayerNormBackwardCall {
  ConstView d_y;
  ConstView normalised;         // as the forward pass wrote it
  ConstView inverse_deviation;  // likewise
  Index num_blocks = 0;
  Index block_size = 0;
  const float* gain = nullptr;
  Operand d_x;              // may be the memory of d_y
  float* d_gain = nullptr;  // [blocks · size]
  float* d_bias = nullptr;  // [blocks · size]
};
void LayerNormBackward(const LayerNormBackwardCall& call);

}  // namespace talmach
