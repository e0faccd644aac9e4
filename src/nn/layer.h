// What all layers have in common.
//
// A layer holds sizes and the addresses of its parameters, and nothing of a particular call; its
// methods are const and may run in several threads at once. What Forward leaves for Backward lies
// in a struct of named views ("activations") made by Allocate in an arena. Gradients of parameters
// accumulate in a Gradients slab; gradients of activations are overwritten unless a flag or a name
// says that they are added to.
//
//   Allocate(arena, sizes[, keep])       the activations of one call; `keep`: those of Backward too
//   Forward(inputs, activations)         computes, and keeps what Backward needs
//   Backward(d_outputs, activations, …)  the same equations in reverse, directly below Forward
//   Pack(options)                        once after each change of the parameters
//
// On a measuring arena, Forward and Backward allocate what they would use and return: the code that
// runs an update also measures how much memory it needs.
#pragma once

#include <limits>

#include "kernels/dropout.h"
#include "kernels/operand.h"
#include "nn/parameter.h"

namespace talmach {

/// What packed weights are for: inference needs no products of the backward pass.
enum class Passes { kForward, kForwardAndBackward };

/// Which weights are packed, and for what: all, or those whose middle lies in [begin, end) of the
/// slab, so that threads can divide the work by dividing the slab.
struct PackOptions {
  PackOptions(Passes for_passes) : passes(for_passes) {}  // NOLINT(google-explicit-constructor)
  PackOptions(Passes for_passes, Index slab_begin, Index slab_end)
      : passes(for_passes), begin(slab_begin), end(slab_end) {}

  Passes passes;
  Index begin = 0;
  Index end = std::numeric_limits<Index>::max();
};

}  // namespace talmach
