// What all layers have in common.
//
// A layer holds sizes and the addresses of its parameters, and nothing of a particular call; its
// methods are const and may run in several threads at once. What Forward leaves for Backward lies
// in a struct of named views ("activations") made by Allocate in an arena. Gradients of parameters
// accumulate in a Gradients slab; gradients of activations are overwritten unless a flag or a name
// says that they are added to.
//
//   Allocate(arena, sizes)               the activations of one call
//   Forward(inputs, activations)         computes, and keeps what Backward needs
//   Backward(d_outputs, activations, …)  the same equations in reverse, directly below Forward
//   Pack(passes)                         once after each change of the parameters
#pragma once

#include "kernels/dropout.h"
#include "kernels/operand.h"
#include "nn/parameter.h"

namespace talmach {

/// What packed weights are for: inference needs no products of the backward pass.
enum class Passes { kForward, kForwardAndBackward };

}  // namespace talmach
