// Speed of matrix products at the shapes of the reference model, in FLOP/s and as shares of the
// fastest product found (MeasureGemmPeak) and of what the processor itself can do
// (MeasureHardwarePeak), in the same precision and threads.
// Arguments: M rows, K inputs, N outputs, threads.
//
//   OMP_WAIT_POLICY=active build/release/bin/gemm_benchmark --benchmark_repetitions=3
#include <benchmark/benchmark.h>

#include <map>
#include <utility>
#include <vector>

#include "base/stopwatch.h"
#include "kernels/gemm.h"
#include "kernels/gemm_peak.h"
#include "kernels/hardware_peak.h"
#include "kernels/onednn.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

struct Shape {
  Index rows, inputs, outputs;
};

struct Peaks {
  double product = 0, hardware = 0;  // operations per second
};

const Peaks& MeasurePeaks(Precision precision, int num_threads) {
  static std::map<std::pair<Precision, int>, Peaks> measured;
  const auto [peaks, is_new] = measured.try_emplace({precision, num_threads});
  if (is_new) {
    peaks->second = {.product = MeasureGemmPeak(precision, num_threads),
                     .hardware = MeasureHardwarePeak(precision, num_threads)};
  }
  return peaks->second;
}

// Runs `product` as often as the benchmark wants and reports its speed.
template <typename Product>
void Measure(benchmark::State& state, const Shape& shape, Precision precision,
             const Product& product) {
  const Peaks& peaks = MeasurePeaks(precision, NumThreads());
  const Stopwatch stopwatch;
  for (auto _ : state) product();
  const double operations = 2.0 * static_cast<double>(shape.rows * shape.inputs * shape.outputs) *
                            static_cast<double>(state.iterations());
  const double speed = operations / stopwatch.Seconds();
  state.counters["GFLOPS"] = speed * 1e-9;
  state.counters["percent_of_peak"] = 100.0 * speed / peaks.product;
  if (peaks.hardware > 0) {
    state.counters["percent_of_hardware"] = 100.0 * speed / peaks.hardware;
  }
}

View RandomMatrix(Arena& arena, Index rows, Index cols) {
  const View matrix = arena.AllocateRows(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<float>(i * 29 % 61 - 30) / 32;
  return matrix.Rows(0, rows);
}

Operand RandomOperand(Arena& arena, Precision precision, Index rows, Index cols) {
  const View values = RandomMatrix(arena, rows, cols);
  const Operand operand = AllocateOperandFor(arena, precision, values, values.rows());
  StoreOperand(values, operand);
  return operand;
}

Shape ShapeOf(const benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(3)));
  return {state.range(0), state.range(1), state.range(2)};
}

void BM_Multiply(benchmark::State& state, Precision precision, PackedMatrix::Side side) {
  const Shape shape = ShapeOf(state);
  Arena arena;
  const bool forward = side == PackedMatrix::Side::kForward;
  const Operand x = RandomOperand(arena, precision, shape.rows, shape.inputs);
  const View y = RandomMatrix(arena, shape.rows, shape.outputs);
  PackedMatrix packed(side, precision);
  packed.Pack(forward ? RandomMatrix(arena, shape.outputs, shape.inputs)
                      : RandomMatrix(arena, shape.inputs, shape.outputs));
  Measure(state, shape, precision, [&] { MultiplyPacked(x, packed, nullptr, false, y); });
}

// The same product by oneDNN, even where our own panels take its place (see gemm.h): what the
// choice rests on. Int8 counts the product alone, without rounding and scaling.
void BM_Library(benchmark::State& state, Precision precision) {
  const Shape shape = ShapeOf(state);
  const auto x_size = static_cast<std::size_t>(shape.rows * shape.inputs);
  const auto w_size = static_cast<std::size_t>(shape.inputs * shape.outputs);
  const std::size_t bytes = precision == Precision::kInt8 ? 1 : sizeof(float);
  const std::vector<char> x(x_size * bytes), w(w_size * bytes);
  std::vector<float> y(static_cast<std::size_t>(shape.rows * shape.outputs));
  onednn::PackedFactor factor;
  factor.Pack(precision, shape.inputs, shape.outputs, onednn::Layout::kColumns, w.data());
  const onednn::ProductShape product = {.m = shape.rows,
                                        .n = shape.outputs,
                                        .k = shape.inputs,
                                        .precision = precision,
                                        .b = onednn::Layout::kPacked};
  Measure(state, shape, precision,
          [&] { onednn::RunProduct(product, factor, {.a = x.data(), .c = y.data()}); });
}

void BM_LibraryWeightGradient(benchmark::State& state) {
  const Shape shape = ShapeOf(state);
  const std::vector<float> x(static_cast<std::size_t>(shape.rows * shape.inputs));
  const std::vector<float> d_y(static_cast<std::size_t>(shape.rows * shape.outputs));
  std::vector<float> gradient(static_cast<std::size_t>(shape.outputs * shape.inputs));
  const onednn::ProductShape product = {.m = shape.outputs,
                                        .n = shape.inputs,
                                        .k = shape.rows,
                                        .a = onednn::Layout::kColumns,
                                        .accumulate = true};
  Measure(state, shape, Precision::kFloat32, [&] {
    onednn::RunProduct(product, {.a = d_y.data(), .b = x.data(), .c = gradient.data()});
  });
}

void BM_WeightGradient(benchmark::State& state, Precision precision) {
  const Shape shape = ShapeOf(state);
  Arena arena;
  const Operand x = RandomOperand(arena, precision, shape.rows, shape.inputs);
  const Operand d_y = RandomOperand(arena, precision, shape.rows, shape.outputs);
  const View gradient = RandomMatrix(arena, shape.outputs, shape.inputs);
  Measure(state, shape, precision, [&] { AccumulateWeightGradient(d_y, x, gradient); });
}

void BM_Pack(benchmark::State& state, Precision precision, PackedMatrix::Side side) {
  const Shape shape = ShapeOf(state);
  Arena arena;
  const View weight = RandomMatrix(arena, shape.outputs, shape.inputs);
  PackedMatrix packed(side, precision);
  for (auto _ : state) packed.Pack(weight);
  state.SetBytesProcessed(state.iterations() * weight.size() * Index{sizeof(float)});
}

constexpr Index kMaxThreads = 2;

// A recurrent step, gates from the context, gates and query from the state, the vocabulary.
void ForEachWeight(benchmark::internal::Benchmark* benchmark, std::initializer_list<Index> rows) {
  for (const auto& [inputs, outputs] :
       {std::pair<Index, Index>{512, 1536}, {1024, 1536}, {512, 2048}, {256, 8000}, {1792, 256}}) {
    for (const Index m : rows) {
      for (Index threads = 1; threads <= kMaxThreads; ++threads) {
        benchmark->Args({m, inputs, outputs, threads});
      }
    }
  }
  benchmark->UseRealTime()->Unit(benchmark::kMicrosecond);
}
void InferenceRows(benchmark::internal::Benchmark* b) { ForEachWeight(b, {1, 5, 32, 40, 64, 320}); }
void TrainingRows(benchmark::internal::Benchmark* b) { ForEachWeight(b, {64, 960}); }
void AllTokens(benchmark::internal::Benchmark* b) { ForEachWeight(b, {960}); }

using enum Precision;
using Side = PackedMatrix::Side;
BENCHMARK_CAPTURE(BM_Multiply, forward_float32, kFloat32, Side::kForward)->Apply(InferenceRows);
BENCHMARK_CAPTURE(BM_Multiply, forward_bfloat16, kBFloat16, Side::kForward)->Apply(InferenceRows);
BENCHMARK_CAPTURE(BM_Multiply, forward_int8, kInt8, Side::kForward)->Apply(InferenceRows);
BENCHMARK_CAPTURE(BM_Library, forward_float32, kFloat32)->Apply(InferenceRows);
BENCHMARK_CAPTURE(BM_Library, forward_int8, kInt8)->Apply(InferenceRows);
BENCHMARK(BM_LibraryWeightGradient)->Apply(AllTokens);
BENCHMARK_CAPTURE(BM_Multiply, backward_float32, kFloat32, Side::kBackward)->Apply(TrainingRows);
BENCHMARK_CAPTURE(BM_Multiply, backward_bfloat16, kBFloat16, Side::kBackward)->Apply(TrainingRows);
BENCHMARK_CAPTURE(BM_WeightGradient, float32, kFloat32)->Apply(AllTokens);
BENCHMARK_CAPTURE(BM_WeightGradient, bfloat16, kBFloat16)->Apply(AllTokens);
BENCHMARK_CAPTURE(BM_Pack, forward_float32, kFloat32, Side::kForward)->Apply(AllTokens);
BENCHMARK_CAPTURE(BM_Pack, backward_float32, kFloat32, Side::kBackward)->Apply(AllTokens);
BENCHMARK_CAPTURE(BM_Pack, forward_bfloat16, kBFloat16, Side::kForward)->Apply(AllTokens);

}  // namespace
}  // namespace talmach
