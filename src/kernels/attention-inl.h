// What the passes of additive attention share. Compiled once per instruction set, see simd-inl.h.

#if defined(TALMACH_KERNELS_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TALMACH_KERNELS_ATTENTION_INL_H_
#undef TALMACH_KERNELS_ATTENTION_INL_H_
#else
#define TALMACH_KERNELS_ATTENTION_INL_H_
#endif

#include "kernels/attention.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

/// The activation functions: φ and, from its value, φ'.
struct TanhActivation {
  static HWY_INLINE Vec Value(Vec x) { return Tanh(x); }
  static HWY_INLINE Vec Slope(Vec value) { return hn::NegMulAdd(value, value, Broadcast(1.0f)); }
};
struct ReluActivation {
  static HWY_INLINE Vec Value(Vec x) { return hn::Max(x, Zeros()); }
  static HWY_INLINE Vec Slope(Vec value) {
    return hn::IfThenElseZero(hn::Gt(value, Zeros()), Broadcast(1.0f));
  }
};

/// The scale v, or ones.
template <class Lanes>
HWY_INLINE Vec LoadScale(const float* scale, Index i, Lanes lanes) {
  return scale == nullptr ? Broadcast(1.0f) : Load(scale + i, lanes);
}

/// α' = α, dropped out.
HWY_INLINE float Dropped(const float* weights, const float* mask, Index j) {
  return mask == nullptr ? weights[j] : weights[j] * mask[j];
}

HWY_INLINE const float* MaskRow(ConstView mask, Index row) {
  return mask.empty() ? nullptr : mask.row(row);
}

/// sum += Σ_i weight_of(i) · row_of(i) over `count` rows of `size` floats, in ascending i whatever
/// the grouping: four rows per pass over the sum, which stays in the first-level cache.
template <class RowOf, class WeightOf>
HWY_INLINE void AddWeightedRows(Index count, Index size, const RowOf& row_of,
                                const WeightOf& weight_of, float* sum) {
  Index i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* rows[4] = {row_of(i), row_of(i + 1), row_of(i + 2), row_of(i + 3)};
    const float weights[4] = {weight_of(i), weight_of(i + 1), weight_of(i + 2), weight_of(i + 3)};
    ForEachVector(size, [&](Index c, auto lanes) SIMD_LAMBDA {
      Vec value = Load(sum + c, lanes);
      value = hn::MulAdd(Broadcast(weights[0]), Load(rows[0] + c, lanes), value);
      value = hn::MulAdd(Broadcast(weights[1]), Load(rows[1] + c, lanes), value);
      value = hn::MulAdd(Broadcast(weights[2]), Load(rows[2] + c, lanes), value);
      value = hn::MulAdd(Broadcast(weights[3]), Load(rows[3] + c, lanes), value);
      Store(value, sum + c, lanes);
    });
  }
  for (; i < count; ++i) {
    const float* row = row_of(i);
    const Vec weight = Broadcast(weight_of(i));
    ForEachVector(size, [&](Index c, auto lanes) SIMD_LAMBDA {
      Store(hn::MulAdd(weight, Load(row + c, lanes), Load(sum + c, lanes)), sum + c, lanes);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#endif  // the include guard, which is set anew for each target
