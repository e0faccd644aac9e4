#include "kernels/softmax.h"

#include <cmath>
#include <limits>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

/// The largest entry and the sum of all.
struct RowStatistics {
  float max;
  float sum;
};

HWY_INLINE RowStatistics Statistics(const float* x, Index size) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Vec max = Broadcast(kLowest);
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    max = hn::Max(max, Load(x + i, lanes, kLowest));
    sum = hn::Add(sum, Load(x + i, lanes));
  });
  return {MaxOfLanes(max), SumOfLanes(sum)};
}

/// Σ exp(x − shift).
HWY_INLINE float SumOfExp(const float* x, Index size, float shift) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    sum = hn::Add(sum, Exp(hn::Sub(Load(x + i, lanes, kLowest), Broadcast(shift))));
  });
  return SumOfLanes(sum);
}

/// log Σ exp x, shifted by the largest entry so that no exp overflows. If that is −∞, so is every
/// entry and thus their sum, unless there is a NaN, which the sum shows as well.
HWY_INLINE float LogSumExpRow(const float* x, Index size, RowStatistics statistics) {
  if (statistics.max == -std::numeric_limits<float>::infinity()) return statistics.sum;
  return statistics.max + std::log(SumOfExp(x, size, statistics.max));
}

// With ℓ = log Σ exp x: −log p_v = ℓ − x_v, so the loss needs only x_y and mean(x):
//   loss = (1 − ε)(ℓ − x_y) + ε (ℓ − mean(x)).
// Its gradient follows from ∂ℓ/∂x_v = p_v = exp(x_v − ℓ):
//   (1 − ε)(p_v − [v = y]) + ε (p_v − 1/V) = p_v − (1 − ε)[v = y] − ε/V.
HWY_INLINE void GradientRow(const float* x, Index size, Index target, float log_sum,
                            float smoothing, float scale, const RowWriter& out) {
  const float target_value =
      scale * (std::exp(x[target] - log_sum) - (1.0f - smoothing) - smoothing / size);
  const Vec uniform = Broadcast(-scale * smoothing / static_cast<float>(size));
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec p = Exp(hn::Sub(Load(x + i, lanes), Broadcast(log_sum)));
    out.Write(hn::MulAdd(p, Broadcast(scale), uniform), i, lanes);
  });
  if (out.float32 != nullptr) out.float32[target] = target_value;
  if (out.bfloat16 != nullptr) out.bfloat16[target] = BFloat16(target_value);
}

HWY_INLINE void ZeroRow(Index size, const RowWriter& out) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA { out.Write(Zeros(), i, lanes); });
}

void CrossEntropyRows(ConstView logits, const TokenId* targets, float smoothing, float scale,
                      const Operand& d_logits, float* losses, float* log_likelihoods, Index begin,
                      Index end) {
  const Index size = logits.cols();
  for (Index row = begin; row < end; ++row) {
    const RowWriter out = d_logits.empty() ? RowWriter() : RowWriter(d_logits, row);
    losses[row] = 0.0f;
    log_likelihoods[row] = 0.0f;
    if (targets[row] < 0) {
      ZeroRow(size, out);
      continue;
    }
    const float* x = logits.row(row);
    const RowStatistics statistics = Statistics(x, size);
    const float log_sum = LogSumExpRow(x, size, statistics);
    const float likelihood = x[targets[row]] - log_sum;
    log_likelihoods[row] = likelihood;
    losses[row] = -(1.0f - smoothing) * likelihood;
    if (smoothing > 0.0f) {
      losses[row] += smoothing * (log_sum - statistics.sum / static_cast<float>(size));
    }
    if (!d_logits.empty()) GradientRow(x, size, targets[row], log_sum, smoothing, scale, out);
  }
}

void LogSumExpRows(ConstView logits, float* result, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    const float* x = logits.row(row);
    result[row] = LogSumExpRow(x, logits.cols(), Statistics(x, logits.cols()));
  }
}

void LogSoftmaxRows(ConstView logits, View result, Index begin, Index end) {
  const Index size = logits.cols();
  for (Index row = begin; row < end; ++row) {
    const float* x = logits.row(row);
    float* y = result.row(row);
    const float log_sum = LogSumExpRow(x, size, Statistics(x, size));
    ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
      Store(hn::Sub(Load(x + i, lanes), Broadcast(log_sum)), y + i, lanes);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(CrossEntropyRows);
HWY_EXPORT(LogSumExpRows);
HWY_EXPORT(LogSoftmaxRows);

/// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 16384;

Index Grain(ConstView logits) { return kGrainElements / logits.cols() + 1; }

std::size_t Count(ConstView logits) { return static_cast<std::size_t>(logits.rows()); }

}  // namespace

void SoftmaxCrossEntropy(ConstView logits, std::span<const TokenId> targets, float smoothing,
                         float gradient_scale, const Operand& d_logits, std::span<float> losses,
                         std::span<float> log_likelihoods) {
  if (logits.empty()) return;
  const std::size_t count = Count(logits);
  Require(targets.size() == count, "a target for every row");
  Require(losses.size() == count && log_likelihoods.size() == count, "a result for every row");
  Require(
      d_logits.empty() || (d_logits.rows() == logits.rows() && d_logits.cols() == logits.cols()),
      "d_logits of the shape of logits");
  for (const TokenId target : targets) {
    Require(-1 <= target && target < logits.cols(), "targets inside the vocabulary, or -1");
  }
  ParallelFor(logits.rows(), Grain(logits), [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(CrossEntropyRows)
    (logits, targets.data(), smoothing, gradient_scale, d_logits, losses.data(),
     log_likelihoods.data(), begin, end);
  });
}

void LogSumExp(ConstView logits, std::span<float> result) {
  if (logits.empty()) return;
  Require(result.size() == Count(logits), "a result for every row");
  ParallelFor(logits.rows(), Grain(logits), [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(LogSumExpRows)(logits, result.data(), begin, end);
  });
}

void LogSoftmax(ConstView logits, View result) {
  if (logits.empty()) return;
  Require(result.rows() == logits.rows() && result.cols() == logits.cols(),
          "a result of the shape of logits");
  ParallelFor(logits.rows(), Grain(logits), [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(LogSoftmaxRows)(logits, result, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
