#include <algorithm>
#include <limits>

#include "base/profile.h"
#include "kernels/attention.h"
#include "kernels/attention_checks.h"
#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_forward.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/attention-inl.h"

#ifndef TALMACH_ATTENTION_FORWARD_CALL
#define TALMACH_ATTENTION_FORWARD_CALL
namespace talmach {

/// The arguments of AttentionForward.
struct ForwardCall {
  ConstView query;
  ConstView keys;
  ConstView annotations;
  SourceSpans spans;
  AttentionEnergy energy;
  ConstView weight_mask;
  View weights;
  View context;
  Operand context_operand;
};

}  // namespace talmach
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

/// energies[0..4) = factor · v · φ(query + key) for four keys that follow each other. Four at a
/// time, because a single tanh keeps the processor waiting for its own intermediate results.
template <class Activation>
HWY_INLINE void FourEnergies(const float* query, const float* keys, const float* scale, Index size,
                             float factor, float* energies) {
  Vec sum0 = Zeros();
  Vec sum1 = Zeros();
  Vec sum2 = Zeros();
  Vec sum3 = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    // Past the end of a row φ(0) is 0 for both activations, so ones for v do no harm.
    const Vec v = LoadScale(scale, i, lanes);
    const Vec q = Load(query + i, lanes);
    const float* key = keys + i;
    const Vec value0 = Activation::Value(hn::Add(q, Load(key, lanes)));
    const Vec value1 = Activation::Value(hn::Add(q, Load(key + size, lanes)));
    const Vec value2 = Activation::Value(hn::Add(q, Load(key + 2 * size, lanes)));
    const Vec value3 = Activation::Value(hn::Add(q, Load(key + 3 * size, lanes)));
    sum0 = hn::MulAdd(v, value0, sum0);
    sum1 = hn::MulAdd(v, value1, sum1);
    sum2 = hn::MulAdd(v, value2, sum2);
    sum3 = hn::MulAdd(v, value3, sum3);
  });
  energies[0] = factor * SumOfLanes(sum0);
  energies[1] = factor * SumOfLanes(sum1);
  energies[2] = factor * SumOfLanes(sum2);
  energies[3] = factor * SumOfLanes(sum3);
}

/// The same for one key, with the same rounding.
template <class Activation>
HWY_INLINE float OneEnergy(const float* query, const float* key, const float* scale, Index size,
                           float factor) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Activation::Value(hn::Add(Load(query + i, lanes), Load(key + i, lanes)));
    sum = hn::MulAdd(LoadScale(scale, i, lanes), value, sum);
  });
  return factor * SumOfLanes(sum);
}

template <class Activation>
HWY_INLINE void EnergiesRow(const ForwardCall& call, Index row) {
  const Index size = call.keys.cols();
  const Index length = call.spans.length[row];
  const float* query = call.query.row(row) + call.query.cols() - size;
  const float* keys = call.keys.row(call.spans.begin[row]);
  const float* scale = call.energy.scale;
  const float factor = 1.0f / call.energy.temperature;
  float* energies = call.weights.row(row);
  Index j = 0;
  for (; j + 4 <= length; j += 4) {
    FourEnergies<Activation>(query, keys + j * size, scale, size, factor, energies + j);
  }
  for (; j < length; ++j) {
    energies[j] = OneEnergy<Activation>(query, keys + j * size, scale, size, factor);
  }
}

/// The softmax of a row of energies, in place.
HWY_INLINE void SoftmaxInPlace(float* row, Index size) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Vec max = Broadcast(kLowest);
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { max = hn::Max(max, Load(row + i, lanes, kLowest)); });
  const Vec shift = Broadcast(MaxOfLanes(max));
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Exp(hn::Sub(Load(row + i, lanes, kLowest), shift));
    sum = hn::Add(sum, value);
    Store(value, row + i, lanes);
  });
  const Vec factor = Broadcast(1.0f / SumOfLanes(sum));
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(hn::Mul(Load(row + i, lanes), factor), row + i, lanes);
  });
}

/// c = Σ_j α'_j h_j.
HWY_INLINE void ContextRow(const ForwardCall& call, Index row) {
  const Index size = call.annotations.cols();
  const float* annotations = call.annotations.row(call.spans.begin[row]);
  const float* weights = call.weights.row(row);
  const float* mask = MaskRow(call.weight_mask, row);
  float* context = call.context.row(row);
  std::fill(context, context + size, 0.0f);
  AddWeightedRows(
      call.spans.length[row], size, [&](Index j) SIMD_LAMBDA { return annotations + j * size; },
      [&](Index j) SIMD_LAMBDA { return Dropped(weights, mask, j); }, context);
  if (call.context_operand.empty() || call.context_operand.float32() == call.context.data()) return;
  const RowWriter operand(call.context_operand, row);
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { operand.Write(Load(context + i, lanes), i, lanes); });
}

void AttentionForwardRows(const ForwardCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    if (call.energy.activation == AttentionActivation::kTanh) {
      EnergiesRow<TanhActivation>(call, row);
    } else {
      EnergiesRow<ReluActivation>(call, row);
    }
    const Index length = call.spans.length[row];
    float* weights = call.weights.row(row);
    SoftmaxInPlace(weights, length);
    std::fill(weights + length, weights + call.weights.cols(), 0.0f);
    ContextRow(call, row);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(AttentionForwardRows);

}  // namespace

void AttentionForward(ConstView query, ConstView keys, ConstView annotations,
                      const SourceSpans& spans, const AttentionEnergy& energy,
                      ConstView weight_mask, View weights, View context,
                      const Operand& context_operand) {
  const ProfileScope profile(Zone::kAttention);
  const Index rows = weights.rows();
  if (rows == 0) return;
  RequireSources(spans, rows, std::min(keys.rows(), annotations.rows()), weights.cols());
  RequireMask(weight_mask, weights);
  Require(query.rows() >= rows && query.cols() >= keys.cols(), "queries of [B, >= A]");
  Require(context.rows() >= rows && context.cols() == annotations.cols(), "a context of [B, C]");
  Require(context_operand.empty() ||
              (context_operand.rows() >= rows && context_operand.cols() == annotations.cols()),
          "a context operand of [B, C]");
  const ForwardCall call{query,       keys,    annotations, spans,          energy,
                         weight_mask, weights, context,     context_operand};
  ParallelFor(rows, 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AttentionForwardRows)(call, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
