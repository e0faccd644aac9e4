// Three results of one idea. With m the largest logit of a row, log Σ exp x = m + log Σ exp(x − m):
// no exponential exceeds 1, and at least one is 1. A first pass finds m (and the plain sum, which
// label smoothing needs), a second sums the exponentials; the row is still in the cache. Rows of a
// few thousand logits are walked over four vectors at a time, since one chain of additions alone
// would wait for each addition to finish.
//
// LogSumExp returns that number, LogSoftmax subtracts it from the row, and the cross-entropy turns
// the row into its gradient. Every row is summed in the same order whatever rows stand beside it,
// which is half of what batch invariance takes; the other half are products that treat every row
// alike (gemm.h).
#include "kernels/softmax.h"

#include <cmath>
#include <limits>

#include "kernels/parallel.h"
#include "kernels/thread_buffers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

// The largest entry and the sum of all.
struct RowStatistics {
  float max;
  float sum;
};

HWY_INLINE RowStatistics Statistics(const float* x, Index size) {
  const Index step = NumLanes();
  Vec max0 = Broadcast(kLowest);
  Vec max1 = max0;
  Vec sum0 = Zeros();
  Vec sum1 = Zeros();
  const Index rest = ForEachFourVectors(size, [&](Index i) SIMD_LAMBDA {
    const Vec x0 = Load(x + i, Whole{});
    const Vec x1 = Load(x + i + step, Whole{});
    const Vec x2 = Load(x + i + 2 * step, Whole{});
    const Vec x3 = Load(x + i + 3 * step, Whole{});
    max0 = hn::Max(max0, hn::Max(x0, x1));
    max1 = hn::Max(max1, hn::Max(x2, x3));
    sum0 = hn::Add(sum0, hn::Add(x0, x1));
    sum1 = hn::Add(sum1, hn::Add(x2, x3));
  });
  ForEachVector(
      size,
      [&](Index i, auto lanes) SIMD_LAMBDA {
        max0 = hn::Max(max0, Load(x + i, lanes, kLowest));
        sum0 = hn::Add(sum0, Load(x + i, lanes));
      },
      rest);
  return {MaxOfLanes(hn::Max(max0, max1)), SumOfLanes(hn::Add(sum0, sum1))};
}

// Σ exp(x − shift). The exponentials go to y, which may be x, unless it is null.
HWY_INLINE float SumOfExp(const float* x, Index size, float shift, float* y) {
  const Index step = NumLanes();
  const Vec shifts = Broadcast(shift);
  Vec sum0 = Zeros();
  Vec sum1 = Zeros();
  const Index rest = ForEachFourVectors(size, [&](Index i) SIMD_LAMBDA {
    const Vec y0 = Exp(hn::Sub(Load(x + i, Whole{}), shifts));
    const Vec y1 = Exp(hn::Sub(Load(x + i + step, Whole{}), shifts));
    const Vec y2 = Exp(hn::Sub(Load(x + i + 2 * step, Whole{}), shifts));
    const Vec y3 = Exp(hn::Sub(Load(x + i + 3 * step, Whole{}), shifts));
    sum0 = hn::Add(sum0, hn::Add(y0, y1));
    sum1 = hn::Add(sum1, hn::Add(y2, y3));
    if (y != nullptr) {
      Store(y0, y + i, Whole{});
      Store(y1, y + i + step, Whole{});
      Store(y2, y + i + 2 * step, Whole{});
      Store(y3, y + i + 3 * step, Whole{});
    }
  });
  ForEachVector(
      size,
      [&](Index i, auto lanes) SIMD_LAMBDA {
        const Vec value = Exp(hn::Sub(Load(x + i, lanes, kLowest), shifts));
        sum0 = hn::Add(sum0, value);
        if (y != nullptr) Store(value, y + i, lanes);
      },
      rest);
  return SumOfLanes(hn::Add(sum0, sum1));
}

// log Σ exp x, given Σ exp(x − max). If the largest entry is −∞, so is every entry and thus their
// sum, unless there is a NaN, which the sum shows as well.
HWY_INLINE float LogOfSum(RowStatistics statistics, float sum_of_exp) {
  return statistics.max == kLowest ? statistics.sum : statistics.max + std::log(sum_of_exp);
}

HWY_INLINE float LogSumExpRow(const float* x, Index size) {
  const RowStatistics statistics = Statistics(x, size);
  return LogOfSum(statistics, SumOfExp(x, size, statistics.max, nullptr));
}

// One row of SoftmaxCrossEntropy and where its results go.
struct CrossEntropyRow {
  const float* x;
  Index size;
  Index target;
  float smoothing;
  float scale;
  float* exponentials;  // [V] scratch, or the row of the gradient itself; null without a gradient
  RowWriter gradient;
  float* loss;
  float* log_likelihood;
};

// With ℓ = log Σ exp x: −log p_v = ℓ − x_v, so the loss needs only x_y and mean(x):
//   loss = (1 − ε)(ℓ − x_y) + ε (ℓ − mean(x)).
// Its gradient follows from ∂ℓ/∂x_v = p_v = exp(x_v − ℓ):
//   (1 − ε)(p_v − [v = y]) + ε (p_v − 1/V) = p_v − (1 − ε)[v = y] − ε/V.
// The logits are read once from memory; exp(x − max) is kept in a row that stays in the cache,
// until the sum that makes it p is known.
HWY_INLINE void CrossEntropy(const CrossEntropyRow& row) {
  const float size = static_cast<float>(row.size);
  const RowStatistics statistics = Statistics(row.x, row.size);
  const float target_logit = row.x[row.target];  // the gradient may take the place of the logits
  const float sum = SumOfExp(row.x, row.size, statistics.max, row.exponentials);
  const float log_sum = LogOfSum(statistics, sum);
  *row.log_likelihood = target_logit - log_sum;
  *row.loss = -(1.0f - row.smoothing) * *row.log_likelihood;
  if (row.smoothing > 0.0f) *row.loss += row.smoothing * (log_sum - statistics.sum / size);
  if (row.exponentials == nullptr) return;

  const float factor = row.scale / sum;
  const float uniform = -row.scale * row.smoothing / size;
  const float target_gradient =
      row.exponentials[row.target] * factor - row.scale * (1.0f - row.smoothing) + uniform;
  ForEachVector(row.size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Load(row.exponentials + i, lanes);
    row.gradient.Write(hn::MulAdd(value, Broadcast(factor), Broadcast(uniform)), i, lanes);
  });
  if (row.gradient.float32 != nullptr) row.gradient.float32[row.target] = target_gradient;
  if (row.gradient.bfloat16 != nullptr) {
    row.gradient.bfloat16[row.target] = BFloat16(target_gradient);
  }
}

// A row of padding: no loss, no gradient.
HWY_INLINE void Ignore(const CrossEntropyRow& row) {
  *row.loss = 0.0f;
  *row.log_likelihood = 0.0f;
  ForEachVector(row.size,
                [&](Index i, auto lanes) SIMD_LAMBDA { row.gradient.Write(Zeros(), i, lanes); });
}

// `scratch` is a row of floats for gradients in bfloat16.
void CrossEntropyRows(const CrossEntropyCall& call, float* scratch, Index begin, Index end) {
  for (Index r = begin; r < end; ++r) {
    const RowWriter gradient = call.d_logits.empty() ? RowWriter() : RowWriter(call.d_logits, r);
    const CrossEntropyRow row{
        .x = call.logits.row(r),
        .size = call.logits.cols(),
        .target = call.targets[r],
        .smoothing = call.smoothing,
        .scale = call.gradient_scale,
        .exponentials = gradient.bfloat16 != nullptr ? scratch : gradient.float32,
        .gradient = gradient,
        .loss = call.losses.data() + r,
        .log_likelihood = call.log_likelihoods.data() + r};
    if (row.target < 0) {
      Ignore(row);
    } else {
      CrossEntropy(row);
    }
  }
}

void LogSoftmaxRows(ConstView logits, View result, Index begin, Index end) {
  const Index size = logits.cols();
  for (Index row = begin; row < end; ++row) {
    const float* x = logits.row(row);
    float* y = result.row(row);
    const float log_sum = LogSumExpRow(x, size);
    ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
      Store(hn::Sub(Load(x + i, lanes), Broadcast(log_sum)), y + i, lanes);
    });
  }
}

void LogSumExpRows(ConstView logits, float* log_sums, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    log_sums[row] = LogSumExpRow(logits.row(row), logits.cols());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(CrossEntropyRows);
HWY_EXPORT(LogSoftmaxRows);
HWY_EXPORT(LogSumExpRows);

// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 16384;

Index Grain(ConstView logits) { return kGrainElements / logits.cols() + 1; }

}  // namespace

void SoftmaxCrossEntropy(const CrossEntropyCall& call) {
  const ConstView logits = call.logits;
  if (logits.empty()) return;
  const auto count = static_cast<std::size_t>(logits.rows());
  Require(call.targets.size() == count, "a target for every row");
  Require(call.losses.size() == count && call.log_likelihoods.size() == count,
          "a result for every row");
  const Operand& d_logits = call.d_logits;
  Require(
      d_logits.empty() || (d_logits.rows() == logits.rows() && d_logits.cols() == logits.cols()),
      "d_logits of the shape of logits");
  for (const TokenId target : call.targets) {
    Require(-1 <= target && target < logits.cols(), "targets inside the vocabulary, or -1");
  }
  const ThreadBuffers scratch(d_logits.precision() == Precision::kBFloat16 ? logits.cols() : 0);
  ParallelFor(logits.rows(), Grain(logits), [&](Index begin, Index end, int thread) {
    HWY_DYNAMIC_DISPATCH(CrossEntropyRows)(call, scratch.Row(thread), begin, end);
  });
}

void LogSumExp(ConstView logits, std::span<float> log_sums) {
  Require(std::ssize(log_sums) == logits.rows(), "a result for every row");
  if (logits.empty()) return;
  ParallelFor(logits.rows(), Grain(logits), [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(LogSumExpRows)(logits, log_sums.data(), begin, end);
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
