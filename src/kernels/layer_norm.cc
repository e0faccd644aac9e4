// A block is walked over several times, which costs little, since it stays in the first-level
// cache. Forward: the mean, the variance around it (E x² − (E x)² in a single pass would cancel
// where the mean is large), the normalised values. Backward: the two sums that the derivative
// needs, then the derivative, which is worked out above BackwardBlock.
//
// Gains and biases are shared by all rows, so each thread adds their gradients to a row of its own,
// and these are added in the order of the threads.
#include "kernels/layer_norm.h"

#include <cmath>

#include "kernels/parallel.h"
#include "kernels/thread_buffers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

HWY_INLINE float Mean(const float* x, Index size) {
  Vec sum = Zeros();
  ForEachVector(size,
                [&](Index i, auto lanes) SIMD_LAMBDA { sum = hn::Add(sum, Load(x + i, lanes)); });
  return SumOfLanes(sum) / static_cast<float>(size);
}

// The mean of (x − mean)²: a second pass, because E x² − (E x)² cancels.
HWY_INLINE float Variance(const float* x, Index size, float mean) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec centred = hn::Sub(Load(x + i, lanes, mean), Broadcast(mean));
    sum = hn::MulAdd(centred, centred, sum);
  });
  return SumOfLanes(sum) / static_cast<float>(size);
}

// Normalises one block of a row.
void ForwardBlock(const LayerNormCall& call, Index row, Index block) {
  const Index size = call.block_size;
  const Index offset = block * size;
  const float* x = call.x.row(row) + offset;
  const float* gain = call.gain + offset;
  const float* bias = call.bias + offset;
  float* y = call.y.row(row) + offset;  // may be x
  float* normalised = call.normalised.empty() ? nullptr : call.normalised.row(row) + offset;
  const float mean = Mean(x, size);
  const float inverse = 1.0f / std::sqrt(Variance(x, size, mean) + kLayerNormEpsilon);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec centred = hn::Sub(Load(x + i, lanes), Broadcast(mean));
    const Vec value = hn::Mul(centred, Broadcast(inverse));
    if (normalised != nullptr) Store(value, normalised + i, lanes);
    Store(hn::MulAdd(Load(gain + i, lanes), value, Load(bias + i, lanes)), y + i, lanes);
  });
  if (!call.inverse_deviation.empty()) call.inverse_deviation(row, block) = inverse;
}

void LayerNormForwardRows(const LayerNormCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    for (Index block = 0; block < call.num_blocks; ++block) ForwardBlock(call, row, block);
  }
}

// With x̂ = (x − μ)/σ and ĝ = gain ∘ d_y, the gradient of x̂:
//   ∂x̂_i/∂x_j = (δ_ij − 1/n − x̂_i x̂_j / n) / σ,
// since ∂μ/∂x_j = 1/n and ∂σ/∂x_j = x̂_j / n. Summing over i with weights ĝ_i:
//   d_x_j = (ĝ_j − mean(ĝ) − x̂_j mean(ĝ ∘ x̂)) / σ.
// Each row adds d_y ∘ x̂ to the gradient of the gain and d_y to that of the bias.
void BackwardBlock(const LayerNormBackwardCall& call, Index row, Index block) {
  const Index size = call.block_size;
  const Index offset = block * size;
  const float* d_y = call.d_y.row(row) + offset;
  const float* normalised = call.normalised.row(row) + offset;
  const float* gain = call.gain + offset;
  const float inverse = call.inverse_deviation(row, block);
  const RowWriter d_x(call.d_x, row);
  float* d_gain = call.d_gain + offset;
  float* d_bias = call.d_bias + offset;
  Vec sum = Zeros();
  Vec sum_product = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec d = Load(d_y + i, lanes);
    const Vec value = Load(normalised + i, lanes);
    const Vec scaled = hn::Mul(d, Load(gain + i, lanes));
    sum = hn::Add(sum, scaled);
    sum_product = hn::MulAdd(scaled, value, sum_product);
    Store(hn::MulAdd(d, value, Load(d_gain + i, lanes)), d_gain + i, lanes);
    Store(hn::Add(d, Load(d_bias + i, lanes)), d_bias + i, lanes);
  });
  const Vec mean = Broadcast(SumOfLanes(sum) / static_cast<float>(size));
  const Vec mean_product = Broadcast(SumOfLanes(sum_product) / static_cast<float>(size));
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec scaled = hn::Mul(Load(d_y + i, lanes), Load(gain + i, lanes));
    const Vec value = Load(normalised + i, lanes);
    const Vec centred = hn::NegMulAdd(value, mean_product, hn::Sub(scaled, mean));
    d_x.Write(hn::Mul(centred, Broadcast(inverse)), offset + i, lanes);
  });
}

void LayerNormBackwardRows(const LayerNormBackwardCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    for (Index block = 0; block < call.num_blocks; ++block) BackwardBlock(call, row, block);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(LayerNormForwardRows);
HWY_EXPORT(LayerNormBackwardRows);

// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 8192;

}  // namespace

void LayerNormForward(const LayerNormCall& call) {
  const Index width = call.num_blocks * call.block_size;
  const Index rows = call.x.rows();
  if (call.x.empty() || width == 0) return;
  Require(call.x.cols() >= width && call.y.cols() >= width,
          "rows of at least blocks * size columns");
  Require(call.y.rows() == rows, "as many rows of y as of x");
  Require(call.normalised.empty() ||
              (call.normalised.rows() == rows && call.normalised.cols() == width),
          "normalised of [rows, blocks * size]");
  Require(call.inverse_deviation.empty() || (call.inverse_deviation.rows() == rows &&
                                             call.inverse_deviation.cols() == call.num_blocks),
          "inverse_deviation of [rows, blocks]");
  ParallelFor(rows, kGrainElements / width + 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(LayerNormForwardRows)(call, begin, end);
  });
}

void LayerNormBackward(const LayerNormBackwardCall& call) {
  const Index width = call.num_blocks * call.block_size;
  const Index rows = call.d_y.rows();
  if (call.d_y.empty() || width == 0) return;
  Require(call.d_y.cols() >= width && call.d_x.cols() >= width,
          "rows of at least blocks * size columns");
  Require(call.d_x.rows() >= rows, "as many rows of d_x as of d_y");
  Require(call.normalised.rows() >= rows && call.normalised.cols() == width,
          "normalised of [rows, blocks * size]");
  Require(call.inverse_deviation.rows() >= rows && call.inverse_deviation.cols() == call.num_blocks,
          "inverse_deviation of [rows, blocks]");
  const ThreadBuffers sums(2 * width);
  ParallelFor(rows, kGrainElements / width + 1, [&](Index begin, Index end, int thread) {
    LayerNormBackwardCall part = call;
    part.d_gain = sums.Row(thread);
    part.d_bias = part.d_gain + width;
    HWY_DYNAMIC_DISPATCH(LayerNormBackwardRows)(part, begin, end);
  });
  sums.AddTo(0, width, call.d_gain);
  sums.AddTo(width, width, call.d_bias);
}

}  // namespace talmach
#endif  // HWY_ONCE
