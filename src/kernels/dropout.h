// Dropout (Srivastava et al. 2014) with masks that are functions of (key, position): Philox
// numbers, nothing stored, the same for any number of threads.
//
// Element i is dropped if its random 16-bit number is below round(65536 · rate). 128 elements in a
// row take their numbers from 16 Philox blocks, arranged for vectors of up to 16 lanes: element i
// is half (i / 64) % 2 (0 the lower) of word (i / 16) % 4 of the block with counter
// 16 (i / 128) + i % 16.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/operand.h"

namespace talmach {

/// Which mask, and how often it is zero. A rate of 0 means no dropout.
struct Dropout {
  std::uint64_t key = 0;
  float rate = 0.0f;
  bool active() const { return rate > 0.0f; }
};

/// mask_i = 0 with probability rate, else 1 / (1 − rate); i counts the elements of the view.
void FillDropoutMask(const Dropout& dropout, View mask);

/// out_i = x_i · mask_i with the mask FillDropoutMask would give for a view of this shape; also
/// the backward pass (x = d_out). out may be x's memory. Without active dropout it is a copy.
void ApplyDropout(const Dropout& dropout, ConstView x, const Operand& out);

/// Replaces token i by `replacement` where element i of the mask would be zero (word dropout).
void DropTokens(const Dropout& dropout, TokenId replacement, std::span<TokenId> tokens);

}  // namespace talmach
