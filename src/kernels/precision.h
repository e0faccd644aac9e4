// The number formats that feed matrix products.
#pragma once

namespace talmach {

/// What the inputs of a product are rounded to. Results, recurrent states, softmax, losses,
/// reductions, gradients of parameters and master weights are float32 in every precision.
enum class Precision { kFloat32, kBFloat16, kInt8 };

}  // namespace talmach
