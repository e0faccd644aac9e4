// The loops are those of the fused kernels (attention-inl.h), with other bounds: row r of a tensor
// [B, Q, ·] is compared with all V rows of sequence r / Q. What a loop may share between threads
// decides how the work is divided:
//
//   energies, softmax, contexts    by queries: each writes a row of its own
//   gradients of keys              by sequences: the queries of one add to the same keys
//   sums over queries              by keys: each gathers a column of the weights
//
// The last is why WeightedSums and TransposedWeightedSums are two functions: c = α h reads a row of
// α for each result, d_h = αᵀ d_c a column.
#include "kernels/pairwise_attention.h"

#include <algorithm>
#include <limits>

#include "kernels/parallel.h"
#include "kernels/thread_buffers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pairwise_attention.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/attention-inl.h"

#ifndef TALMACH_SEQUENCE_BEGIN
#define TALMACH_SEQUENCE_BEGIN
namespace talmach {

// Row r of a tensor [B, I, ·] belongs to sequence r / I; the first row of that sequence in a
// tensor [B, J, ·].
inline Index SequenceBegin(Index row, Index rows_per_sequence, Index other_rows_per_sequence) {
  return row / rows_per_sequence * other_rows_per_sequence;
}

}  // namespace talmach
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

void AdditiveEnergiesRows(const AdditiveEnergiesCall& call, Index begin, Index end) {
  const Index num_keys = call.keys.dim(1);
  const float factor = 1.0f / call.energy.temperature;
  for (Index row = begin; row < end; ++row) {
    const ComparedKeys compared{
        .query = call.query.row(row),
        .keys = call.keys.row(SequenceBegin(row, call.query.dim(1), num_keys)),
        .scale = call.energy.scale,
        .count = num_keys,
        .size = call.keys.cols()};
    if (call.energy.activation == AttentionActivation::kTanh) {
      Energies<AdditiveTerm<TanhActivation>>(compared, factor, call.energies.row(row));
    } else {
      Energies<AdditiveTerm<ReluActivation>>(compared, factor, call.energies.row(row));
    }
  }
}

// Scratch memory of one thread: one number for each column of the keys and one for each key.
struct EnergiesScratch {
  float* d_scale;     // [A]
  float* d_energies;  // [V]
};

// The gradients of the energies of one query, before the division by τ.
template <class Activation>
HWY_INLINE void EnergiesBackwardRow(const AdditiveEnergiesBackwardCall& call, Index row,
                                    const EnergiesScratch& scratch) {
  const Index size = call.keys.cols();
  const Index num_keys = call.keys.dim(1);
  const Index first_key = SequenceBegin(row, call.query.dim(1), num_keys);
  const float* from = call.d_energies.row(row);
  for (Index j = 0; j < num_keys; ++j) scratch.d_energies[j] = from[j] / call.energy.temperature;
  float* d_query = call.d_query.row(row);
  std::fill(d_query, d_query + size, 0.0f);
  KeyGradients<Activation>(
      {.query = call.query.row(row),
       .keys = call.keys.row(first_key),
       .scale = call.energy.scale,
       .count = num_keys,
       .size = size},
      scratch.d_energies,
      {.d_keys = call.d_keys.row(first_key), .d_query = d_query, .d_scale = scratch.d_scale});
}

// Sequences [begin, end); `buffer` has room for the scratch memory.
void AdditiveEnergiesBackwardSequences(const AdditiveEnergiesBackwardCall& call, float* buffer,
                                       Index begin, Index end) {
  const Index num_queries = call.query.dim(1);
  const EnergiesScratch scratch{.d_scale = buffer, .d_energies = buffer + call.keys.cols()};
  for (Index row = begin * num_queries; row < end * num_queries; ++row) {
    if (call.energy.activation == AttentionActivation::kTanh) {
      EnergiesBackwardRow<TanhActivation>(call, row, scratch);
    } else {
      EnergiesBackwardRow<ReluActivation>(call, row, scratch);
    }
  }
}

// Hides what the mask hides, which becomes exactly 0: exp(−∞) is.
void MaskedSoftmaxRows(MaskView visible, bool causal, View energies, Index begin, Index end) {
  constexpr float kHidden = -std::numeric_limits<float>::infinity();
  const Index num_values = energies.cols();
  for (Index row = begin; row < end; ++row) {
    const Index query = row % energies.dim(1);
    const Index length = causal ? std::min(num_values, query + 1) : num_values;
    float* weights = energies.row(row);
    Index num_seen = length;
    if (!visible.empty()) {
      const std::uint8_t* shown = visible.row(row / energies.dim(1));
      for (Index j = 0; j < length; ++j) {
        if (shown[j] != 0) continue;
        weights[j] = kHidden;
        --num_seen;
      }
    }
    const Index filled = num_seen > 0 ? length : 0;
    if (filled > 0) SoftmaxInPlace(weights, filled);
    std::fill(weights + filled, weights + num_values, 0.0f);
  }
}

void MaskedSoftmaxBackwardRows(ConstView weights, View d_weights, Index begin, Index end) {
  const Index size = weights.cols();
  for (Index row = begin; row < end; ++row) {
    const float* weight = weights.row(row);
    float* d_weight = d_weights.row(row);
    const Vec mean = Broadcast(OneProduct(weight, d_weight, size));
    ForEachVector(size, [&](Index j, auto lanes) SIMD_LAMBDA {
      const Vec difference = hn::Sub(Load(d_weight + j, lanes), mean);
      Store(hn::Mul(Load(weight + j, lanes), difference), d_weight + j, lanes);
    });
  }
}

void PairwiseProductsRows(ConstView x, ConstView y, View products, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) {
    Products(x.row(row), y.row(SequenceBegin(row, x.dim(1), y.dim(1))), y.dim(1), x.cols(),
             products.row(row));
  }
}

void WeightedSumsRows(ConstView weights, ConstView rows, View sums, Index begin, Index end) {
  const Index size = rows.cols();
  for (Index i = begin; i < end; ++i) {
    const float* first = rows.row(SequenceBegin(i, weights.dim(1), rows.dim(1)));
    const float* weight = weights.row(i);
    std::fill(sums.row(i), sums.row(i) + size, 0.0f);
    AddWeightedRows(
        rows.dim(1), size, [&](Index j) SIMD_LAMBDA { return first + j * size; },
        [&](Index j) SIMD_LAMBDA { return weight[j]; }, sums.row(i));
  }
}

void TransposedWeightedSumsRows(ConstView weights, ConstView rows, View sums, Index begin,
                                Index end) {
  const Index size = rows.cols();
  for (Index row = begin; row < end; ++row) {
    const Index first = SequenceBegin(row, sums.dim(1), weights.dim(1));
    const Index column = row % sums.dim(1);
    std::fill(sums.row(row), sums.row(row) + size, 0.0f);
    AddWeightedRows(
        weights.dim(1), size, [&](Index i) SIMD_LAMBDA { return rows.row(first + i); },
        [&](Index i) SIMD_LAMBDA { return weights(first + i, column); }, sums.row(row));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(AdditiveEnergiesRows);
HWY_EXPORT(AdditiveEnergiesBackwardSequences);
HWY_EXPORT(MaskedSoftmaxRows);
HWY_EXPORT(MaskedSoftmaxBackwardRows);
HWY_EXPORT(PairwiseProductsRows);
HWY_EXPORT(WeightedSumsRows);
HWY_EXPORT(TransposedWeightedSumsRows);

constexpr Index kGrain = 8;  // rows a thread should at least have

template <typename T>
void RequireShape(const TensorView<T>& tensor, Index sequences, Index rows, Index cols,
                  const char* what) {
  Require(tensor.rank() == 3 && tensor.dim(0) == sequences && tensor.dim(1) == rows &&
              tensor.dim(2) == cols,
          what);
}

void RequirePairs(ConstView pairs, ConstView query, ConstView keys) {
  Require(query.rank() == 3, "queries of [B, Q, A]");
  RequireShape(keys, query.dim(0), keys.dim(1), query.dim(2), "keys of [B, V, A]");
  RequireShape(pairs, query.dim(0), query.dim(1), keys.dim(1), "energies of [B, Q, V]");
}

}  // namespace

void AdditiveEnergies(const AdditiveEnergiesCall& call) {
  RequirePairs(call.energies, call.query, call.keys);
  ParallelFor(call.query.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AdditiveEnergiesRows)(call, begin, end);
  });
}

// Sequences are the unit of parallelism: the queries of one add to the same keys.
void AdditiveEnergiesBackward(const AdditiveEnergiesBackwardCall& call) {
  RequirePairs(call.d_energies, call.query, call.keys);
  Require(SameShape(call.d_query, call.query) && SameShape(call.d_keys, call.keys),
          "gradients as their inputs");
  Require((call.d_scale == nullptr) == (call.energy.scale == nullptr),
          "a scale and its gradient, or none");
  std::ranges::fill(call.d_keys.span(), 0.0f);
  const Index size = call.keys.cols();
  const ThreadBuffers buffers(size + call.keys.dim(1));
  ParallelFor(call.query.dim(0), 1, [&](Index begin, Index end, int thread) {
    HWY_DYNAMIC_DISPATCH(AdditiveEnergiesBackwardSequences)
    (call, buffers.Row(thread), begin, end);
  });
  if (call.d_scale != nullptr) buffers.AddTo(0, size, call.d_scale);
}

void MaskedSoftmax(MaskView visible, bool causal, View energies) {
  Require(energies.rank() == 3, "energies of [B, Q, V]");
  Require(visible.empty() || (visible.rank() == 2 && visible.dim(0) == energies.dim(0) &&
                              visible.dim(1) == energies.dim(2)),
          "a mask of [B, V]");
  ParallelFor(energies.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(MaskedSoftmaxRows)(visible, causal, energies, begin, end);
  });
}

void MaskedSoftmaxBackward(ConstView weights, View d_weights) {
  Require(SameShape(weights, d_weights), "a gradient as the weights");
  ParallelFor(weights.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(MaskedSoftmaxBackwardRows)(weights, d_weights, begin, end);
  });
}

void PairwiseProducts(ConstView x, ConstView y, View products) {
  RequirePairs(products, x, y);
  ParallelFor(x.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(PairwiseProductsRows)(x, y, products, begin, end);
  });
}

void WeightedSums(ConstView weights, ConstView rows, View sums) {
  Require(weights.rank() == 3, "weights of [B, I, J]");
  RequireShape(rows, weights.dim(0), weights.dim(2), rows.cols(), "rows of [B, J, C]");
  RequireShape(sums, weights.dim(0), weights.dim(1), rows.cols(), "sums of [B, I, C]");
  ParallelFor(weights.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(WeightedSumsRows)(weights, rows, sums, begin, end);
  });
}

void TransposedWeightedSums(ConstView weights, ConstView rows, View sums) {
  Require(weights.rank() == 3, "weights of [B, I, J]");
  RequireShape(rows, weights.dim(0), weights.dim(1), rows.cols(), "rows of [B, I, C]");
  RequireShape(sums, weights.dim(0), weights.dim(2), rows.cols(), "sums of [B, J, C]");
  ParallelFor(sums.rows(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(TransposedWeightedSumsRows)(weights, rows, sums, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
