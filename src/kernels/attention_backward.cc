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
  ConstView guide;
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

// c = Σ_j α'_j h_j with α'_j = α_j m_j, so d_α_j = m_j (d_c · h_j). Through the softmax and the
// temperature, e_j being v · φ(q + k_j) before the division by τ:
//   d_e_j = α_j (d_α_j − Σ_k α_k d_α_k) / τ.
// A guide adds −g_j / α_j to d_α_j, so (α_j Σ_k g_k − g_j) / τ to d_e_j, where nothing is divided
// by α_j any more.
HWY_INLINE void EnergyGradients(const BackwardCall& call, Index row, float* d_energies) {
  const Index length = call.spans.length[row];
  const float* weights = call.weights.row(row);
  const float* mask = RowOrNull(call.weight_mask, row);
  Products(call.d_context.row(row), call.annotations.row(call.spans.begin[row]), length,
           call.annotations.cols(), d_energies);
  float mean = 0.0f;
  for (Index j = 0; j < length; ++j) {
    if (mask != nullptr) d_energies[j] *= mask[j];
    mean += weights[j] * d_energies[j];
  }
  const float* guide = RowOrNull(call.guide, row);
  if (guide != nullptr) {
    for (Index j = 0; j < length; ++j) mean -= guide[j];
  }
  for (Index j = 0; j < length; ++j) {
    const float guided = guide != nullptr ? guide[j] : 0.0f;
    d_energies[j] = (weights[j] * (d_energies[j] - mean) - guided) / call.energy.temperature;
  }
}

template <class Activation>
HWY_INLINE void KeyGradientsRow(const BackwardCall& call, Index row,
                                const BackwardScratch& scratch) {
  const Index size = call.keys.cols();
  const Index source = call.spans.begin[row];
  std::fill(scratch.d_query, scratch.d_query + size, 0.0f);
  KeyGradients<Activation>(call.query.row(row) + call.query.cols() - size, call.keys.row(source),
                           call.spans.length[row], size, call.energy.scale, scratch.d_energies,
                           {call.d_keys.row(source), scratch.d_query, scratch.d_scale});
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
      KeyGradientsRow<TanhActivation>(call, row, scratch);
    } else {
      KeyGradientsRow<ReluActivation>(call, row, scratch);
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
            return Dropped(call.weights.row(row), RowOrNull(call.weight_mask, row), j);
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
                       View d_keys, float* d_scale, ConstView guide) {
  const ProfileScope profile(Zone::kAttention);
  const Index rows = weights.rows();
  const Index size = keys.cols();
  if (rows == 0) return;
  RequireSources(spans, rows, std::min(keys.rows(), annotations.rows()), weights.cols());
  RequireMask(weight_mask, weights);
  RequireMask(guide, weights);
  Require(query.rows() >= rows && query.cols() >= size, "queries of [B, >= A]");
  Require(d_context.rows() >= rows && d_context.cols() == annotations.cols(),
          "a gradient of the context of [B, C]");
  Require(d_query.rows() >= rows && d_query.cols() >= size, "query gradients of [B, >= A]");
  Require(d_keys.rows() >= keys.rows() && d_keys.cols() == size, "key gradients as the keys");
  Require((d_scale == nullptr) == (energy.scale == nullptr), "a scale and its gradient, or none");
  const BackwardCall call{d_context,   query,   keys,    annotations, spans, energy,
                          weight_mask, weights, d_query, d_keys,      guide};
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
