#include <algorithm>

#include "base/profile.h"
#include "kernels/attention.h"
#include "kernels/attention_checks.h"
#include "kernels/parallel.h"
#include "kernels/thread_buffers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_backward.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/attention-inl.h"

#ifndef TALMACH_ATTENTION_BACKWARD_CALLS
#define TALMACH_ATTENTION_BACKWARD_CALLS
namespace talmach {

/// The arguments of AttentionBackward.
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

/// The arguments of AttentionAccumulateAnnotations.
struct AnnotationsCall {
  ConstView weights;
  ConstView weight_mask;
  ConstView d_context;
  SourceSpans spans;
  std::span<const Index> step_begin;
  std::span<const Index> num_steps;
  View d_annotations;
};

/// Scratch of one thread: sums over columns [A] and the gradients of a row's energies [W].
struct BackwardScratch {
  float* d_scale;     // sum over the rows of the thread
  float* d_query;     // of one row
  float* d_energies;  // of one row
};

}  // namespace talmach
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

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

// c = Σ_j α'_j h_j with α'_j = α_j m_j, so d_α_j = m_j (d_c · h_j). Through the softmax and the
// temperature, e_j being v · φ(q + k_j) before the division by τ:
//   d_e_j = α_j (d_α_j − Σ_k α_k d_α_k) / τ.
HWY_INLINE void EnergyGradients(const BackwardCall& call, Index row, float* d_energies) {
  const Index length = call.spans.length[row];
  const float* weights = call.weights.row(row);
  const float* mask = MaskRow(call.weight_mask, row);
  Products(call.d_context.row(row), call.annotations.row(call.spans.begin[row]), length,
           call.annotations.cols(), d_energies);
  float mean = 0.0f;
  for (Index j = 0; j < length; ++j) {
    if (mask != nullptr) d_energies[j] *= mask[j];
    mean += weights[j] * d_energies[j];
  }
  for (Index j = 0; j < length; ++j) {
    d_energies[j] = weights[j] * (d_energies[j] - mean) / call.energy.temperature;
  }
}

// With a_j = φ(q + k_j), computed again:
//   d_v = Σ_j d_e_j a_j      d_k_j = d_e_j v ∘ φ'(q + k_j)      d_q = Σ_j d_k_j.

/// Four keys that follow each other, for the reason FourEnergies gives.
template <class Activation>
HWY_INLINE void FourKeyGradients(const float* query, const float* keys, const float* scale,
                                 Index size, const float* d_energies, float* d_keys,
                                 const BackwardScratch& scratch) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec q = Load(query + i, lanes);
    const Vec v = LoadScale(scale, i, lanes);
    const float* key = keys + i;
    const Vec value0 = Activation::Value(hn::Add(q, Load(key, lanes)));
    const Vec value1 = Activation::Value(hn::Add(q, Load(key + size, lanes)));
    const Vec value2 = Activation::Value(hn::Add(q, Load(key + 2 * size, lanes)));
    const Vec value3 = Activation::Value(hn::Add(q, Load(key + 3 * size, lanes)));
    const Vec d_energy0 = Broadcast(d_energies[0]);
    const Vec d_energy1 = Broadcast(d_energies[1]);
    const Vec d_energy2 = Broadcast(d_energies[2]);
    const Vec d_energy3 = Broadcast(d_energies[3]);
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
    Store(hn::Add(Load(scratch.d_query + i, lanes), d_query), scratch.d_query + i, lanes);
    Vec d_scale = hn::MulAdd(d_energy0, value0, Load(scratch.d_scale + i, lanes));
    d_scale = hn::MulAdd(d_energy1, value1, d_scale);
    d_scale = hn::MulAdd(d_energy2, value2, d_scale);
    d_scale = hn::MulAdd(d_energy3, value3, d_scale);
    Store(d_scale, scratch.d_scale + i, lanes);
  });
}

template <class Activation>
HWY_INLINE void OneKeyGradient(const float* query, const float* key, const float* scale, Index size,
                               float d_energy, float* d_key, const BackwardScratch& scratch) {
  const Vec d_energies = Broadcast(d_energy);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Activation::Value(hn::Add(Load(query + i, lanes), Load(key + i, lanes)));
    const Vec d_sum =
        hn::Mul(hn::Mul(d_energies, LoadScale(scale, i, lanes)), Activation::Slope(value));
    float* d_query = scratch.d_query + i;
    float* d_scale = scratch.d_scale + i;
    Store(hn::Add(Load(d_key + i, lanes), d_sum), d_key + i, lanes);
    Store(hn::Add(Load(d_query, lanes), d_sum), d_query, lanes);
    Store(hn::MulAdd(d_energies, value, Load(d_scale, lanes)), d_scale, lanes);
  });
}

template <class Activation>
HWY_INLINE void KeyGradients(const BackwardCall& call, Index row, const BackwardScratch& scratch) {
  const Index size = call.keys.cols();
  const Index length = call.spans.length[row];
  const float* query = call.query.row(row) + call.query.cols() - size;
  const float* keys = call.keys.row(call.spans.begin[row]);
  const float* scale = call.energy.scale;
  float* d_keys = call.d_keys.row(call.spans.begin[row]);
  std::fill(scratch.d_query, scratch.d_query + size, 0.0f);
  Index j = 0;
  for (; j + 4 <= length; j += 4) {
    FourKeyGradients<Activation>(query, keys + j * size, scale, size, scratch.d_energies + j,
                                 d_keys + j * size, scratch);
  }
  for (; j < length; ++j) {
    OneKeyGradient<Activation>(query, keys + j * size, scale, size, scratch.d_energies[j],
                               d_keys + j * size, scratch);
  }
  const RowWriter d_query(call.d_query, row);
  const Index first_column = call.d_query.cols() - size;
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    d_query.Write(Load(scratch.d_query + i, lanes), first_column + i, lanes);
  });
}

void AttentionBackwardRows(const BackwardCall& call, const BackwardScratch& scratch, Index begin,
                           Index end) {
  for (Index row = begin; row < end; ++row) {
    EnergyGradients(call, row, scratch.d_energies);
    if (call.energy.activation == AttentionActivation::kTanh) {
      KeyGradients<TanhActivation>(call, row, scratch);
    } else {
      KeyGradients<ReluActivation>(call, row, scratch);
    }
  }
}

/// d_h_j += Σ_i α'_ij d_c_i over the steps i of each source.
void AttentionAnnotationsRows(const AnnotationsCall& call, Index begin, Index end) {
  const Index size = call.d_annotations.cols();
  for (Index source = begin; source < end; ++source) {
    const auto row_at = [&](Index step) SIMD_LAMBDA { return call.step_begin[step] + source; };
    for (Index j = 0; j < call.spans.length[source]; ++j) {
      AddWeightedRows(
          call.num_steps[source], size,
          [&](Index step) SIMD_LAMBDA { return call.d_context.row(row_at(step)); },
          [&](Index step) SIMD_LAMBDA {
            const Index row = row_at(step);
            return Dropped(call.weights.row(row), MaskRow(call.weight_mask, row), j);
          },
          call.d_annotations.row(call.spans.begin[source] + j));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(AttentionBackwardRows);
HWY_EXPORT(AttentionAnnotationsRows);

/// The rows of every step of every source are inside the packed matrices.
void RequireSteps(std::span<const Index> step_begin, std::span<const Index> num_steps,
                  Index num_rows) {
  for (std::size_t source = 0; source < num_steps.size(); ++source) {
    for (Index step = 0; step < num_steps[source]; ++step) {
      const auto at = static_cast<std::size_t>(step);
      Require(at < step_begin.size() && step_begin[at] + static_cast<Index>(source) < num_rows,
              "the steps of every source inside the weights and contexts");
    }
  }
}

}  // namespace

void AttentionBackward(ConstView d_context, ConstView query, ConstView keys, ConstView annotations,
                       const SourceSpans& spans, const AttentionEnergy& energy,
                       ConstView weight_mask, ConstView weights, const Operand& d_query,
                       View d_keys, float* d_scale) {
  const ProfileScope profile(Zone::kAttention);
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
  const ThreadBuffers buffers(2 * size + weights.cols());
  ParallelFor(rows, 1, [&](Index begin, Index end, int thread) {
    float* buffer = buffers.Row(thread);
    const BackwardScratch scratch{buffer, buffer + size, buffer + 2 * size};
    HWY_DYNAMIC_DISPATCH(AttentionBackwardRows)(call, scratch, begin, end);
  });
  if (d_scale != nullptr) buffers.AddTo(0, size, d_scale);
}

void AttentionAccumulateAnnotations(ConstView weights, ConstView weight_mask, ConstView d_context,
                                    const SourceSpans& spans, std::span<const Index> step_begin,
                                    std::span<const Index> num_steps, View d_annotations) {
  const ProfileScope profile(Zone::kAttention);
  const Index num_sources = static_cast<Index>(num_steps.size());
  RequireSteps(step_begin, num_steps, std::min(weights.rows(), d_context.rows()));
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
