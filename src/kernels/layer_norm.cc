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

/// The mean of (x − mean)²: a second pass, because E x² − (E x)² cancels.
HWY_INLINE float Variance(const float* x, Index size, float mean) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec centred = hn::Sub(Load(x + i, lanes, mean), Broadcast(mean));
    sum = hn::MulAdd(centred, centred, sum);
  });
  return SumOfLanes(sum) / static_cast<float>(size);
}

/// Normalises one block and returns 1/σ. `normalised` may be null, y may be x.
float ForwardBlock(const float* x, Index size, const float* gain, const float* bias, float* y,
                   float* normalised) {
  const float mean = Mean(x, size);
  const float inverse = 1.0f / std::sqrt(Variance(x, size, mean) + kLayerNormEpsilon);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec centred = hn::Sub(Load(x + i, lanes), Broadcast(mean));
    const Vec value = hn::Mul(centred, Broadcast(inverse));
    if (normalised != nullptr) Store(value, normalised + i, lanes);
    Store(hn::MulAdd(Load(gain + i, lanes), value, Load(bias + i, lanes)), y + i, lanes);
  });
  return inverse;
}

void LayerNormForwardRows(ConstView x, Index num_blocks, Index block_size, const float* gain,
                          const float* bias, View y, View normalised, View inverse_deviation,
                          Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    for (Index block = 0; block < num_blocks; ++block) {
      const Index offset = block * block_size;
      float* kept = normalised.empty() ? nullptr : normalised.row(row) + offset;
      const float inverse = ForwardBlock(x.row(row) + offset, block_size, gain + offset,
                                         bias + offset, y.row(row) + offset, kept);
      if (!inverse_deviation.empty()) inverse_deviation(row, block) = inverse;
    }
  }
}

// With x̂ = (x − μ)/σ and ĝ = gain ∘ d_y, the gradient of x̂:
//   ∂x̂_i/∂x_j = (δ_ij − 1/n − x̂_i x̂_j / n) / σ,
// since ∂μ/∂x_j = 1/n and ∂σ/∂x_j = x̂_j / n. Summing over i with weights ĝ_i:
//   d_x_j = (ĝ_j − mean(ĝ) − x̂_j mean(ĝ ∘ x̂)) / σ.
// Each row adds d_y ∘ x̂ to the gradient of the gain and d_y to that of the bias.
void BackwardBlock(const float* d_y, const float* normalised, Index size, const float* gain,
                   float inverse, const RowWriter& d_x, Index column, float* d_gain,
                   float* d_bias) {
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
    d_x.Write(hn::Mul(centred, Broadcast(inverse)), column + i, lanes);
  });
}

void LayerNormBackwardRows(ConstView d_y, ConstView normalised, ConstView inverse_deviation,
                           Index num_blocks, Index block_size, const float* gain,
                           const Operand& d_x, float* d_gain, float* d_bias, Index begin,
                           Index end) {
  for (Index row = begin; row < end; ++row) {
    const RowWriter d_x_row(d_x, row);
    for (Index block = 0; block < num_blocks; ++block) {
      const Index offset = block * block_size;
      BackwardBlock(d_y.row(row) + offset, normalised.row(row) + offset, block_size, gain + offset,
                    inverse_deviation(row, block), d_x_row, offset, d_gain + offset,
                    d_bias + offset);
    }
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

/// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 8192;

}  // namespace

void LayerNormForward(ConstView x, Index num_blocks, Index block_size, const float* gain,
                      const float* bias, View y, View normalised, View inverse_deviation) {
  const Index width = num_blocks * block_size;
  const Index rows = x.rows();
  if (x.empty() || width == 0) return;
  Require(x.cols() >= width && y.cols() >= width, "rows of at least blocks * size columns");
  Require(y.rows() == rows, "as many rows of y as of x");
  Require(normalised.empty() || (normalised.rows() == rows && normalised.cols() == width),
          "normalised of [rows, blocks * size]");
  Require(inverse_deviation.empty() ||
              (inverse_deviation.rows() == rows && inverse_deviation.cols() == num_blocks),
          "inverse_deviation of [rows, blocks]");
  ParallelFor(rows, kGrainElements / width + 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(LayerNormForwardRows)
    (x, num_blocks, block_size, gain, bias, y, normalised, inverse_deviation, begin, end);
  });
}

void LayerNormBackward(ConstView d_y, ConstView normalised, ConstView inverse_deviation,
                       Index num_blocks, Index block_size, const float* gain, const Operand& d_x,
                       float* d_gain, float* d_bias) {
  const Index width = num_blocks * block_size;
  const Index rows = d_y.rows();
  if (d_y.empty() || width == 0) return;
  Require(d_y.cols() >= width && d_x.cols() >= width, "rows of at least blocks * size columns");
  Require(d_x.rows() >= rows, "as many rows of d_x as of d_y");
  Require(normalised.rows() >= rows && normalised.cols() == width,
          "normalised of [rows, blocks * size]");
  Require(inverse_deviation.rows() >= rows && inverse_deviation.cols() == num_blocks,
          "inverse_deviation of [rows, blocks]");
  const ThreadBuffers sums(2 * width);
  ParallelFor(rows, kGrainElements / width + 1, [&](Index begin, Index end, int thread) {
    float* d_gain_part = sums.Row(thread);
    HWY_DYNAMIC_DISPATCH(LayerNormBackwardRows)
    (d_y, normalised, inverse_deviation, num_blocks, block_size, gain, d_x, d_gain_part,
     d_gain_part + width, begin, end);
  });
  sums.AddTo(0, width, d_gain);
  sums.AddTo(width, width, d_bias);
}

}  // namespace talmach
#endif  // HWY_ONCE
