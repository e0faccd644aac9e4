// What the kernels of attention share. Compiled once per instruction set, see simd-inl.h.

#if defined(TALMACH_KERNELS_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TALMACH_KERNELS_ATTENTION_INL_H_
#undef TALMACH_KERNELS_ATTENTION_INL_H_
#else
#define TALMACH_KERNELS_ATTENTION_INL_H_
#endif

#include <limits>

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

/// What one element of a query and of a key add to an energy, before v: here φ(q + k).
template <class Activation>
struct AdditiveTerm {
  static HWY_INLINE Vec Value(Vec q, Vec k) { return Activation::Value(hn::Add(q, k)); }
};

/// A query and the keys it is compared with, which follow each other.
struct ComparedKeys {
  const float* query;  // [A]
  const float* keys;   // [count, A]
  const float* scale;  // v [A], or null for ones
  Index count;
  Index size;  // A
};

/// energies[j..j + 4) = factor · Σ_a v_a term(query_a, key_a) for four of the keys.
/// Four at a time, because a single tanh keeps the processor waiting for its own intermediate
/// results.
template <class Term>
HWY_INLINE void FourEnergies(const ComparedKeys& compared, Index j, float factor, float* energies) {
  const Index size = compared.size;
  const float* query = compared.query;
  const float* keys = compared.keys + j * size;
  const float* scale = compared.scale;
  Vec sum0 = Zeros();
  Vec sum1 = Zeros();
  Vec sum2 = Zeros();
  Vec sum3 = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    // Past the end of a row every key adds the same, v term(0, 0), which the softmax does not see.
    const Vec v = LoadScale(scale, i, lanes);
    const Vec q = Load(query + i, lanes);
    const float* key = keys + i;
    const Vec value0 = Term::Value(q, Load(key, lanes));
    const Vec value1 = Term::Value(q, Load(key + size, lanes));
    const Vec value2 = Term::Value(q, Load(key + 2 * size, lanes));
    const Vec value3 = Term::Value(q, Load(key + 3 * size, lanes));
    sum0 = hn::MulAdd(v, value0, sum0);
    sum1 = hn::MulAdd(v, value1, sum1);
    sum2 = hn::MulAdd(v, value2, sum2);
    sum3 = hn::MulAdd(v, value3, sum3);
  });
  energies[j] = factor * SumOfLanes(sum0);
  energies[j + 1] = factor * SumOfLanes(sum1);
  energies[j + 2] = factor * SumOfLanes(sum2);
  energies[j + 3] = factor * SumOfLanes(sum3);
}

/// The same for one key, with the same rounding.
template <class Term>
HWY_INLINE float OneEnergy(const ComparedKeys& compared, Index j, float factor) {
  const float* query = compared.query;
  const float* key = compared.keys + j * compared.size;
  const float* scale = compared.scale;
  Vec sum = Zeros();
  ForEachVector(compared.size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Term::Value(Load(query + i, lanes), Load(key + i, lanes));
    sum = hn::MulAdd(LoadScale(scale, i, lanes), value, sum);
  });
  return factor * SumOfLanes(sum);
}

/// The energies of all keys. Those of additive attention are those of AdditiveTerm, which is 0 past
/// the end of a row, with factor 1 / τ.
template <class Term>
HWY_INLINE void Energies(const ComparedKeys& compared, float factor, float* energies) {
  Index j = 0;
  for (; j + 4 <= compared.count; j += 4) FourEnergies<Term>(compared, j, factor, energies);
  for (; j < compared.count; ++j) energies[j] = OneEnergy<Term>(compared, j, factor);
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

// With a_j = φ(q + k_j), computed again:
//   d_v = Σ_j d_e_j a_j      d_k_j = d_e_j v ∘ φ'(q + k_j)      d_q = Σ_j d_k_j.

/// Where the gradients are added.
struct KeySums {
  float* d_keys;   // [count, A]
  float* d_query;  // [A]
  float* d_scale;  // [A]
};

/// Four of the keys, for the reason FourEnergies gives.
template <class Activation>
HWY_INLINE void FourKeyGradients(const ComparedKeys& compared, Index j, const float* d_energies,
                                 const KeySums& sums) {
  const Index size = compared.size;
  const float* query = compared.query;
  const float* keys = compared.keys + j * size;
  const float* scale = compared.scale;
  float* d_keys = sums.d_keys + j * size;
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec q = Load(query + i, lanes);
    const Vec v = LoadScale(scale, i, lanes);
    const float* key = keys + i;
    const Vec value0 = Activation::Value(hn::Add(q, Load(key, lanes)));
    const Vec value1 = Activation::Value(hn::Add(q, Load(key + size, lanes)));
    const Vec value2 = Activation::Value(hn::Add(q, Load(key + 2 * size, lanes)));
    const Vec value3 = Activation::Value(hn::Add(q, Load(key + 3 * size, lanes)));
    const Vec d_energy0 = Broadcast(d_energies[j]);
    const Vec d_energy1 = Broadcast(d_energies[j + 1]);
    const Vec d_energy2 = Broadcast(d_energies[j + 2]);
    const Vec d_energy3 = Broadcast(d_energies[j + 3]);
    const Vec d_key0 = hn::Mul(hn::Mul(d_energy0, v), Activation::Slope(value0));
    const Vec d_key1 = hn::Mul(hn::Mul(d_energy1, v), Activation::Slope(value1));
    const Vec d_key2 = hn::Mul(hn::Mul(d_energy2, v), Activation::Slope(value2));
    const Vec d_key3 = hn::Mul(hn::Mul(d_energy3, v), Activation::Slope(value3));
    float* to = d_keys + i;
    Store(hn::Add(Load(to, lanes), d_key0), to, lanes);
    Store(hn::Add(Load(to + size, lanes), d_key1), to + size, lanes);
    Store(hn::Add(Load(to + 2 * size, lanes), d_key2), to + 2 * size, lanes);
    Store(hn::Add(Load(to + 3 * size, lanes), d_key3), to + 3 * size, lanes);
    const Vec d_query = hn::Add(hn::Add(d_key0, d_key1), hn::Add(d_key2, d_key3));
    Store(hn::Add(Load(sums.d_query + i, lanes), d_query), sums.d_query + i, lanes);
    Vec d_scale = hn::MulAdd(d_energy0, value0, Load(sums.d_scale + i, lanes));
    d_scale = hn::MulAdd(d_energy1, value1, d_scale);
    d_scale = hn::MulAdd(d_energy2, value2, d_scale);
    d_scale = hn::MulAdd(d_energy3, value3, d_scale);
    Store(d_scale, sums.d_scale + i, lanes);
  });
}

template <class Activation>
HWY_INLINE void OneKeyGradient(const ComparedKeys& compared, Index j, const float* d_energies,
                               const KeySums& sums) {
  const float* query = compared.query;
  const float* key = compared.keys + j * compared.size;
  const float* scale = compared.scale;
  const Vec d_energy = Broadcast(d_energies[j]);
  ForEachVector(compared.size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Activation::Value(hn::Add(Load(query + i, lanes), Load(key + i, lanes)));
    const Vec d_sum =
        hn::Mul(hn::Mul(d_energy, LoadScale(scale, i, lanes)), Activation::Slope(value));
    float* d_query = sums.d_query + i;
    float* d_scale = sums.d_scale + i;
    float* d_key = sums.d_keys + j * compared.size + i;
    Store(hn::Add(Load(d_key, lanes), d_sum), d_key, lanes);
    Store(hn::Add(Load(d_query, lanes), d_sum), d_query, lanes);
    Store(hn::MulAdd(d_energy, value, Load(d_scale, lanes)), d_scale, lanes);
  });
}

/// The gradients of all keys; d_energies[j] is d_e_j.
template <class Activation>
HWY_INLINE void KeyGradients(const ComparedKeys& compared, const float* d_energies,
                             const KeySums& sums) {
  Index j = 0;
  for (; j + 4 <= compared.count; j += 4) {
    FourKeyGradients<Activation>(compared, j, d_energies, sums);
  }
  for (; j < compared.count; ++j) OneKeyGradient<Activation>(compared, j, d_energies, sums);
}

/// α' = α, dropped out.
HWY_INLINE float Dropped(const float* weights, const float* mask, Index j) {
  return mask == nullptr ? weights[j] : weights[j] * mask[j];
}

/// A row of a matrix that may be empty: a mask or a guide.
HWY_INLINE const float* RowOrNull(ConstView matrix, Index row) {
  return matrix.empty() ? nullptr : matrix.row(row);
}

/// products[0..4) = vector · row for four rows that follow each other.
HWY_INLINE void FourProducts(const float* vector, const float* rows, Index size, float* products) {
  Vec sum0 = Zeros();
  Vec sum1 = Zeros();
  Vec sum2 = Zeros();
  Vec sum3 = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Load(vector + i, lanes);
    const float* row = rows + i;
    sum0 = hn::MulAdd(value, Load(row, lanes), sum0);
    sum1 = hn::MulAdd(value, Load(row + size, lanes), sum1);
    sum2 = hn::MulAdd(value, Load(row + 2 * size, lanes), sum2);
    sum3 = hn::MulAdd(value, Load(row + 3 * size, lanes), sum3);
  });
  products[0] = SumOfLanes(sum0);
  products[1] = SumOfLanes(sum1);
  products[2] = SumOfLanes(sum2);
  products[3] = SumOfLanes(sum3);
}

HWY_INLINE float OneProduct(const float* vector, const float* row, Index size) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    sum = hn::MulAdd(Load(vector + i, lanes), Load(row + i, lanes), sum);
  });
  return SumOfLanes(sum);
}

/// products[j] = vector · row j.
HWY_INLINE void Products(const float* vector, const float* rows, Index count, Index size,
                         float* products) {
  Index j = 0;
  for (; j + 4 <= count; j += 4) FourProducts(vector, rows + j * size, size, products + j);
  for (; j < count; ++j) products[j] = OneProduct(vector, rows + j * size, size);
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
