// The speed limit of the processor itself: multiply-adds between registers, without memory access.
#pragma once

#include "kernels/precision.h"

namespace talmach {

/// Operations per second (multiplications and additions) of the fastest instruction that the
/// kernels may use (see instruction_set.h), run by `num_threads` threads at once. Int8 without VNNI
/// is exact products of pairs in 16 bits. 0 if there is no instruction for `precision`. Takes a
/// quarter of a second; other work on the machine makes the number smaller.
double MeasureHardwarePeak(Precision precision, int num_threads);

}  // namespace talmach
