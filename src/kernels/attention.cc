#include "kernels/attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"
#include "kernels/thread_buffers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

// The arguments of one call, shared by all instruction sets.
#ifndef TALMACH_ATTENTION_CALLS
#define TALMACH_ATTENTION_CALLS
namespace talmach {

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

struct BackwardCall {
  ConstView d_context;
  ConstView query;
  ConstView keys;
  ConstView annotations;
  SourceSpans spans;
  AttentionEnergy energy;
  ConstView weight_mask;
  ConstView weights;
  Operand d_query;
  View d_keys;
};

struct AnnotationsCall {
  ConstView weights;
  ConstView weight_mask;
  ConstView d_context;
  SourceSpans spans;
  std::span<const Index> step_begin;
  std::span<const Index> num_steps;
  View d_annotations;
};

/// The query of a row: its last `size` columns.
inline const float* QueryOf(ConstView query, Index row, Index size) {
  return query.row(row) + query.cols() - size;
}

}  // namespace talmach
#endif

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

template <class Lanes>
HWY_INLINE Vec LoadScale(const float* scale, Index i, Lanes lanes) {
  return scale == nullptr ? Broadcast(1.0f) : Load(scale + i, lanes);
}

/// v · φ(query + key) before the temperature.
template <class Activation>
HWY_INLINE float Energy(const float* query, const float* key, const float* scale, Index size) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Activation::Value(hn::Add(Load(query + i, lanes), Load(key + i, lanes)));
    // Past the end of a row φ(0) is 0 for both activations, so ones for v do no harm.
    sum = hn::MulAdd(LoadScale(scale, i, lanes), value, sum);
  });
  return SumOfLanes(sum);
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

HWY_INLINE float Dropped(const float* weights, const float* mask, Index j) {
  return mask == nullptr ? weights[j] : weights[j] * mask[j];
}

HWY_INLINE const float* MaskRow(ConstView mask, Index row) {
  return mask.empty() ? nullptr : mask.row(row);
}

/// Σ_j α'_j h_j.
HWY_INLINE void ContextRow(const ForwardCall& call, Index row) {
  const Index length = call.spans.length[row];
  const Index size = call.annotations.cols();
  const float* annotations = call.annotations.row(call.spans.begin[row]);
  const float* weights = call.weights.row(row);
  const float* mask = MaskRow(call.weight_mask, row);
  float* context = call.context.row(row);
  const RowWriter operand =
      call.context_operand.empty() ? RowWriter() : RowWriter(call.context_operand, row);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Vec sum = Zeros();
    for (Index j = 0; j < length; ++j) {
      const Vec weight = Broadcast(Dropped(weights, mask, j));
      sum = hn::MulAdd(weight, Load(annotations + j * size + i, lanes), sum);
    }
    Store(sum, context + i, lanes);
    operand.Write(sum, i, lanes);
  });
}

template <class Activation>
HWY_INLINE void EnergiesRow(const ForwardCall& call, Index row) {
  const Index size = call.keys.cols();
  const float* query = QueryOf(call.query, row, size);
  const float* keys = call.keys.row(call.spans.begin[row]);
  float* energies = call.weights.row(row);
  const float factor = 1.0f / call.energy.temperature;
  for (Index j = 0; j < call.spans.length[row]; ++j) {
    energies[j] = factor * Energy<Activation>(query, keys + j * size, call.energy.scale, size);
  }
}

void AttentionForwardRows(const ForwardCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    const Index length = call.spans.length[row];
    if (call.energy.activation == AttentionActivation::kTanh) {
      EnergiesRow<TanhActivation>(call, row);
    } else {
      EnergiesRow<ReluActivation>(call, row);
    }
    float* weights = call.weights.row(row);
    SoftmaxInPlace(weights, length);
    std::fill(weights + length, weights + call.weights.cols(), 0.0f);
    ContextRow(call, row);
  }
}

HWY_INLINE float Dot(const float* a, const float* b, Index size) {
  Vec sum = Zeros();
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    sum = hn::MulAdd(Load(a + i, lanes), Load(b + i, lanes), sum);
  });
  return SumOfLanes(sum);
}

// c = Σ_j α'_j h_j with α'_j = α_j m_j, so d_α_j = m_j (d_c · h_j). Through the softmax and the
// temperature, e_j being v · φ(q + k_j) before the division by τ:
//   d_e_j = α_j (d_α_j − Σ_k α_k d_α_k) / τ.
/// Writes d_e [length].
HWY_INLINE void EnergyGradients(const BackwardCall& call, Index row, float* d_energies) {
  const Index length = call.spans.length[row];
  const Index size = call.annotations.cols();
  const float* annotations = call.annotations.row(call.spans.begin[row]);
  const float* weights = call.weights.row(row);
  const float* mask = MaskRow(call.weight_mask, row);
  float mean = 0.0f;
  for (Index j = 0; j < length; ++j) {
    const float d_weight = Dot(call.d_context.row(row), annotations + j * size, size);
    d_energies[j] = mask == nullptr ? d_weight : d_weight * mask[j];
    mean += weights[j] * d_energies[j];
  }
  for (Index j = 0; j < length; ++j) {
    d_energies[j] = weights[j] * (d_energies[j] - mean) / call.energy.temperature;
  }
}

// With a_j = φ(q + k_j), computed again:
//   d_v = Σ_j d_e_j a_j      d_k_j = d_e_j v ∘ φ'(q + k_j)      d_q = Σ_j d_k_j.
// Columns are the outer loop, so that v, q and the two sums stay in registers.
template <class Activation>
HWY_INLINE void KeyGradients(const BackwardCall& call, Index row, const float* d_energies,
                             float* d_scale) {
  const Index length = call.spans.length[row];
  const Index size = call.keys.cols();
  const float* query = QueryOf(call.query, row, size);
  const float* keys = call.keys.row(call.spans.begin[row]);
  float* d_keys = call.d_keys.row(call.spans.begin[row]);
  const RowWriter d_query(call.d_query, row);
  const Index first_column = call.d_query.cols() - size;
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec q = Load(query + i, lanes);
    const Vec v = LoadScale(call.energy.scale, i, lanes);
    Vec sum_query = Zeros();
    Vec sum_scale = Zeros();
    for (Index j = 0; j < length; ++j) {
      const Vec d_energy = Broadcast(d_energies[j]);
      const Vec value = Activation::Value(hn::Add(q, Load(keys + j * size + i, lanes)));
      const Vec d_key = hn::Mul(hn::Mul(d_energy, v), Activation::Slope(value));
      float* to = d_keys + j * size + i;
      Store(hn::Add(Load(to, lanes), d_key), to, lanes);
      sum_query = hn::Add(sum_query, d_key);
      sum_scale = hn::MulAdd(d_energy, value, sum_scale);
    }
    d_query.Write(sum_query, first_column + i, lanes);
    Store(hn::Add(Load(d_scale + i, lanes), sum_scale), d_scale + i, lanes);
  });
}

/// `buffer` has A zeroed floats for the partial gradient of the scale, then room for the energies.
void AttentionBackwardRows(const BackwardCall& call, float* buffer, Index begin, Index end) {
  float* d_energies = buffer + call.keys.cols();
  for (Index row = begin; row < end; ++row) {
    EnergyGradients(call, row, d_energies);
    if (call.energy.activation == AttentionActivation::kTanh) {
      KeyGradients<TanhActivation>(call, row, d_energies, buffer);
    } else {
      KeyGradients<ReluActivation>(call, row, d_energies, buffer);
    }
  }
}

/// d_h_j += Σ_i α'_ij d_c_i over the steps i of one source.
void AnnotationsOfSource(const AnnotationsCall& call, Index source) {
  const Index size = call.d_annotations.cols();
  const Index length = call.spans.length[source];
  float* d_annotations = call.d_annotations.row(call.spans.begin[source]);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    for (Index j = 0; j < length; ++j) {
      Vec sum = Load(d_annotations + j * size + i, lanes);
      for (Index step = 0; step < call.num_steps[source]; ++step) {
        const Index row = call.step_begin[step] + source;
        const Vec weight =
            Broadcast(Dropped(call.weights.row(row), MaskRow(call.weight_mask, row), j));
        sum = hn::MulAdd(weight, Load(call.d_context.row(row) + i, lanes), sum);
      }
      Store(sum, d_annotations + j * size + i, lanes);
    }
  });
}

void AttentionAnnotationsRows(const AnnotationsCall& call, Index begin, Index end) {
  for (Index source = begin; source < end; ++source) AnnotationsOfSource(call, source);
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(AttentionForwardRows);
HWY_EXPORT(AttentionBackwardRows);
HWY_EXPORT(AttentionAnnotationsRows);

/// Every source is a non-empty range of rows of `keys` and of `annotations`.
void RequireSources(const SourceSpans& spans, Index count, Index num_rows, Index longest) {
  Require(static_cast<Index>(spans.begin.size()) >= count &&
              static_cast<Index>(spans.length.size()) >= count,
          "a source for every row");
  for (Index i = 0; i < count; ++i) {
    Require(spans.length[i] > 0, "attention needs a source of at least one row");
    Require(spans.length[i] <= longest, "weights as wide as the longest source");
    Require(0 <= spans.begin[i] && spans.begin[i] + spans.length[i] <= num_rows,
            "sources inside the keys and annotations");
  }
}

void RequireMask(ConstView mask, ConstView weights) {
  Require(mask.empty() || (mask.rows() >= weights.rows() && mask.cols() == weights.cols()),
          "a weight mask of the shape of the weights");
}

}  // namespace

void AttentionForward(ConstView query, ConstView keys, ConstView annotations,
                      const SourceSpans& spans, const AttentionEnergy& energy,
                      ConstView weight_mask, View weights, View context,
                      const Operand& context_operand) {
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

void AttentionBackward(ConstView d_context, ConstView query, ConstView keys, ConstView annotations,
                       const SourceSpans& spans, const AttentionEnergy& energy,
                       ConstView weight_mask, ConstView weights, const Operand& d_query,
                       View d_keys, float* d_scale) {
  const Index rows = weights.rows();
  const Index size = keys.cols();
  if (rows == 0) return;
  RequireSources(spans, rows, std::min(keys.rows(), annotations.rows()), weights.cols());
  RequireMask(weight_mask, weights);
  Require(query.rows() >= rows && query.cols() >= size, "queries of [B, >= A]");
  Require(d_context.rows() >= rows && d_context.cols() == annotations.cols(),
          "a gradient of the context of [B, C]");
  Require(d_query.rows() >= rows && d_query.cols() >= size, "query gradients of [B, >= A]");
  Require(d_keys.rows() >= keys.rows() && d_keys.cols() == size, "key gradients as the keys");
  Require((d_scale == nullptr) == (energy.scale == nullptr), "a scale and its gradient, or none");
  const BackwardCall call{d_context, query,       keys,    annotations, spans,
                          energy,    weight_mask, weights, d_query,     d_keys};
  const ThreadBuffers buffers(size + weights.cols());
  ParallelFor(rows, 1, [&](Index begin, Index end, int thread) {
    HWY_DYNAMIC_DISPATCH(AttentionBackwardRows)(call, buffers.Row(thread), begin, end);
  });
  if (d_scale != nullptr) buffers.AddTo(0, size, d_scale);
}

void AttentionAccumulateAnnotations(ConstView weights, ConstView weight_mask, ConstView d_context,
                                    const SourceSpans& spans, std::span<const Index> step_begin,
                                    std::span<const Index> num_steps, View d_annotations) {
  const Index num_sources = static_cast<Index>(num_steps.size());
  RequireSources(spans, num_sources, d_annotations.rows(), weights.cols());
  RequireMask(weight_mask, weights);
  Require(d_context.cols() == d_annotations.cols(), "contexts as wide as the annotations");
  const AnnotationsCall call{weights,    weight_mask, d_context,    spans,
                             step_begin, num_steps,   d_annotations};
  ParallelFor(num_sources, 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AttentionAnnotationsRows)(call, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
