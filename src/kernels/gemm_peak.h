// The speed limit of this machine for matrix products: what every other speed is compared with.
#pragma once

#include "kernels/precision.h"

namespace talmach {

/// Floating-point operations per second (multiplications and additions) of the fastest of a few
/// large products with packed weights, run by `num_threads` threads as the layers run them:
/// bfloat16 and int8 count what it takes to bring their operands into the format of the product.
/// Takes about a second; other work on the machine makes the number smaller.
double MeasureGemmPeak(Precision precision, int num_threads);

}  // namespace talmach
