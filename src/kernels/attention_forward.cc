// Tested by tests/kernels/attention_test.cc.
//
// One query against the keys of its source, a row at a time:
//
//   e_j = Σ_a v_a φ(q_a + k_ja) / τ     all the time goes here: S · A values of tanh
//   α   = softmax(e)                    in place, in `weights`
//   c   = Σ_j α'_j h_j                  S rows of annotations, weighted
//
// Energies are computed for four keys at once. A tanh is a long chain of operations, each waiting
// for the one before; four chains side by side keep the processor busy, and the query and v are
// loaded once for all four. A row that is not a whole number of vectors ends with a part of one,
// whose other lanes see q = k = 0 and add v φ(0) = 0.
//
// Search asks for the same keys at every step, so it may pay once for exponentials of them. With Q
// = e^{2q} and K = e^{2k}, tanh(q + k) = 1 − 2 / (1 + Q K), hence
//
//   e_j = Σ_a v_a / τ − (2/τ) Σ_a v_a / (1 + Q_a K_ja).
//
// The first sum is the same for every key and cancels in the softmax, so only the second is
// computed: a multiply-add and a reciprocal for each element. Both exponents are kept within ±42,
// so that Q K stays below 10^37 and the reciprocal above zero. Here the unused lanes add v / (1 +
// 0), but they too add the same to every key.
//
// Rows are independent of each other and of the number of threads: threads take ranges of rows.
#include <algorithm>
#include <vector>

#include "base/profile.h"
#include "kernels/attention.h"
#include "kernels/attention_checks.h"
#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_forward.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/attention-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

constexpr float kMaxExponent = 21.0f;  // e^{2 · 42} is a float

HWY_INLINE Vec DoubledExponential(Vec x) {
  const Vec kept = ClampKeepingNaN(x, -kMaxExponent, kMaxExponent);
  return Exp(hn::Add(kept, kept));
}

void ExponentiateValues(float* values, Index size) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(DoubledExponential(Load(values + i, lanes)), values + i, lanes);
  });
}

// 1 / x: the processor's estimate, refined by Newton's method.
HWY_INLINE Vec Reciprocal(Vec x) {
  const Vec two = Broadcast(2.0f);
  Vec y = hn::ApproximateReciprocal(x);
  y = hn::Mul(y, hn::NegMulAdd(x, y, two));
#if !HWY_ARCH_X86
  y = hn::Mul(y, hn::NegMulAdd(x, y, two));  // estimates of 8 bits
#endif
  return y;
}

// What is left of tanh, but for a constant and a factor of −2: see ExponentialKeys.
struct ExponentialTerm {
  static HWY_INLINE Vec Value(Vec q, Vec k) {
    return Reciprocal(hn::MulAdd(q, k, Broadcast(1.0f)));
  }
};

// doubled = e^{2 query}.
HWY_INLINE void ExponentiateQuery(const float* query, Index size, float* doubled) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(DoubledExponential(Load(query + i, lanes)), doubled + i, lanes);
  });
}

// c = Σ_j α'_j h_j.
HWY_INLINE void ContextRow(const AttentionCall& call, Index row) {
  const Index size = call.annotations.cols();
  const float* annotations = call.annotations.row(call.spans.begin[row]);
  const float* weights = call.weights.row(row);
  const float* mask = RowOrNull(call.weight_mask, row);
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

void AttentionForwardRows(const AttentionCall& call, Index begin, Index end) {
  const Index size = call.keys.cols();
  const float temperature = call.energy.temperature;
  std::vector<float> doubled;
  if (call.energy.exponential_keys) doubled.resize(static_cast<std::size_t>(size));
  for (Index row = begin; row < end; ++row) {
    const Index length = call.spans.length[row];
    float* weights = call.weights.row(row);
    ComparedKeys compared{.query = call.query.row(row) + call.query.cols() - size,
                          .keys = call.keys.row(call.spans.begin[row]),
                          .scale = call.energy.scale,
                          .count = length,
                          .size = size};
    if (call.energy.exponential_keys) {
      ExponentiateQuery(compared.query, size, doubled.data());
      compared.query = doubled.data();
      Energies<ExponentialTerm>(compared, -2.0f / temperature, weights);
    } else if (call.energy.activation == AttentionActivation::kTanh) {
      Energies<AdditiveTerm<TanhActivation>>(compared, 1.0f / temperature, weights);
    } else {
      Energies<AdditiveTerm<ReluActivation>>(compared, 1.0f / temperature, weights);
    }
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
HWY_EXPORT(ExponentiateValues);

constexpr Index kGrainElements = 1 << 14;  // a thread should at least have

}  // namespace

void ExponentialKeys(View keys) {
  ParallelFor(keys.size(), kGrainElements, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(ExponentiateValues)(keys.data() + begin, end - begin);
  });
}

void AttentionForward(const AttentionCall& call) {
  const ProfileScope profile(Zone::kAttention);
  const Index rows = call.weights.rows();
  const Index annotation_size = call.annotations.cols();
  if (rows == 0) return;
  RequireSources(call.spans, rows, std::min(call.keys.rows(), call.annotations.rows()),
                 call.weights.cols());
  RequireMask(call.weight_mask, call.weights);
  Require(!call.energy.exponential_keys || call.energy.activation == AttentionActivation::kTanh,
          "exponential keys are for tanh");
  Require(call.query.rows() >= rows && call.query.cols() >= call.keys.cols(),
          "queries of [B, >= A]");
  Require(call.context.rows() >= rows && call.context.cols() == annotation_size,
          "a context of [B, C]");
  const Operand& operand = call.context_operand;
  Require(operand.empty() || (operand.rows() >= rows && operand.cols() == annotation_size),
          "a context operand of [B, C]");
  ParallelFor(rows, 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AttentionForwardRows)(call, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
