// Tested by tests/kernels/attention_test.cc and tests/kernels/attention_annotations_test.cc.
//
// The forward pass (attention_forward.cc) in reverse, a row at a time:
//
//   d_c  →  d_α_j = m_j (d_c · h_j)                      one product with each annotation
//        →  d_e_j = α_j (d_α_j − Σ_k α_k d_α_k) / τ      the softmax
//        →  d_v, d_k_j, d_q                              φ'(q + k_j) needs tanh once more
//
// Energies and tanh were not kept: S · A floats for each target token would have to be written and
// read back, which takes longer than computing them again. Since φ' follows from φ (1 − tanh² for
// tanh), one evaluation serves d_v, which needs φ, and the others, which need φ'.
//
// Each row adds to the keys' gradients of its own source, which no other row of the call may share,
// so threads never write to the same place. Only d_v is shared: each thread has a sum of its own,
// and the sums are added in the order of the threads.
//
// What the context passes to the annotations, d_h_j += α'_ij d_c_i, waits until all steps are done:
// then each annotation is visited once, with all target tokens that looked at it, instead of once
// per step. AttentionAccumulateAnnotations walks source by source, four steps at a time, while the
// sum stays in the first-level cache.
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

#ifndef TALMACH_ATTENTION_BACKWARD_SCRATCH
#define TALMACH_ATTENTION_BACKWARD_SCRATCH
namespace talmach {

// Scratch of one thread: sums over columns [A] and the gradients of a row's energies [W].
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
HWY_INLINE void EnergyGradients(const AttentionBackwardCall& call, Index row, float* d_energies) {
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
HWY_INLINE void KeyGradientsRow(const AttentionBackwardCall& call, Index row,
                                const BackwardScratch& scratch) {
  const Index size = call.keys.cols();
  const Index source = call.spans.begin[row];
  std::fill(scratch.d_query, scratch.d_query + size, 0.0f);
  KeyGradients<Activation>(
      {.query = call.query.row(row) + call.query.cols() - size,
       .keys = call.keys.row(source),
       .scale = call.energy.scale,
       .count = call.spans.length[row],
       .size = size},
      scratch.d_energies,
      {.d_keys = call.d_keys.row(source), .d_query = scratch.d_query, .d_scale = scratch.d_scale});
  const RowWriter d_query(call.d_query, row);
  const Index first_column = call.d_query.cols() - size;
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    d_query.Write(Load(scratch.d_query + i, lanes), first_column + i, lanes);
  });
}

void AttentionBackwardRows(const AttentionBackwardCall& call, const BackwardScratch& scratch,
                           Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    EnergyGradients(call, row, scratch.d_energies);
    if (call.energy.activation == AttentionActivation::kTanh) {
      KeyGradientsRow<TanhActivation>(call, row, scratch);
    } else {
      KeyGradientsRow<ReluActivation>(call, row, scratch);
    }
  }
}

// d_h_j += Σ_i α'_ij d_c_i over the steps i of each source.
void AttentionAnnotationsRows(const AttentionAnnotationsCall& call, Index begin, Index end) {
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

// The rows of every step of every source are inside the packed matrices.
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

void AttentionBackward(const AttentionBackwardCall& call) {
  const ProfileScope profile(Zone::kAttention);
  const Index rows = call.weights.rows();
  const Index size = call.keys.cols();
  if (rows == 0) return;
  RequireSources(call.spans, rows, std::min(call.keys.rows(), call.annotations.rows()),
                 call.weights.cols());
  RequireMask(call.weight_mask, call.weights);
  RequireMask(call.guide, call.weights);
  Require(call.query.rows() >= rows && call.query.cols() >= size, "queries of [B, >= A]");
  Require(call.d_context.rows() >= rows && call.d_context.cols() == call.annotations.cols(),
          "a gradient of the context of [B, C]");
  Require(call.d_query.rows() >= rows && call.d_query.cols() >= size,
          "query gradients of [B, >= A]");
  Require(call.d_keys.rows() >= call.keys.rows() && call.d_keys.cols() == size,
          "key gradients as the keys");
  Require((call.d_scale == nullptr) == (call.energy.scale == nullptr),
          "a scale and its gradient, or none");
  const ThreadBuffers buffers(2 * size + call.weights.cols());
  ParallelFor(rows, 1, [&](Index begin, Index end, int thread) {
    float* buffer = buffers.Row(thread);
    const BackwardScratch scratch{buffer, buffer + size, buffer + 2 * size};
    HWY_DYNAMIC_DISPATCH(AttentionBackwardRows)(call, scratch, begin, end);
  });
  if (call.d_scale != nullptr) buffers.AddTo(0, size, call.d_scale);
}

void AttentionAccumulateAnnotations(const AttentionAnnotationsCall& call) {
  const ProfileScope profile(Zone::kAttention);
  const Index num_sources = static_cast<Index>(call.num_steps.size());
  RequireSteps(call.step_begin, call.num_steps,
               std::min(call.weights.rows(), call.d_context.rows()));
  RequireSources(call.spans, num_sources, call.d_annotations.rows(), call.weights.cols());
  RequireMask(call.weight_mask, call.weights);
  Require(call.d_context.cols() == call.d_annotations.cols(),
          "contexts as wide as the annotations");
  ParallelFor(num_sources, 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AttentionAnnotationsRows)(call, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
