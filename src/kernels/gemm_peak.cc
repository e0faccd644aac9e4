// Tested by tests/kernels/gemm_test.cc.
//
// A peak is a limit, so the fastest of many runs counts, not their mean: whatever else the machine
// does can only make a run slower. Which shape is fastest depends on the caches and on the number
// of threads, hence several shapes, from those of a layer to a product that fills all caches.
// Weights are packed beforehand, as layers pack theirs once per update.
#include "kernels/gemm_peak.h"

#include <algorithm>
#include <array>

#include "base/stopwatch.h"
#include "kernels/gemm.h"
#include "kernels/parallel.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

constexpr double kSecondsPerShape = 0.25;

struct LargeShape {
  Index rows;
  Index inputs;
  Index outputs;
};
constexpr std::array<LargeShape, 4> kShapes = {
    {{128, 512, 1536}, {256, 512, 512}, {512, 1024, 1536}, {1024, 1024, 1024}}};

// Numbers of ordinary size: denormal or zero operands could be faster or slower.
void FillWithWaves(View matrix) {
  for (Index i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<float>(i % 17 - 8) / 8.0f;
}

double BestSeconds(const LargeShape& shape, Precision precision) {
  Arena arena;
  const View values = arena.AllocateRows(shape.rows, shape.inputs);
  const View weight = arena.Allocate<float>({shape.outputs, shape.inputs});
  const View result = arena.AllocateRows(shape.rows, shape.outputs);
  FillWithWaves(values);
  FillWithWaves(weight);
  const Operand operand = AllocateOperandFor(arena, precision, values, values.rows());
  StoreOperand(values, operand);
  PackedMatrix packed(PackedMatrix::Side::kForward, precision);
  packed.Pack(weight);
  MultiplyPacked(operand, packed, nullptr, false, result);  // makes the primitive
  double best = kSecondsPerShape;
  for (const Stopwatch total; total.Seconds() < kSecondsPerShape;) {
    const Stopwatch once;
    MultiplyPacked(operand, packed, nullptr, false, result);
    best = std::min(best, once.Seconds());
  }
  return best;
}

}  // namespace

double MeasureGemmPeak(Precision precision, int num_threads) {
  const ScopedNumThreads threads(num_threads);
  double peak = 0.0;
  for (const LargeShape& shape : kShapes) {
    const double operations = 2.0 * static_cast<double>(shape.rows * shape.inputs * shape.outputs);
    peak = std::max(peak, operations / BestSeconds(shape, precision));
  }
  return peak;
}

}  // namespace talmach
