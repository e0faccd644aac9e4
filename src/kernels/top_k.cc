#include "kernels/top_k.h"

#include <limits>
#include <vector>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/top_k.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

// One pass over the row finds the maximum of every block of columns. The winner is the first block
// with the largest maximum; then only that block is searched, for the winning column and for the
// block's next candidate. k winners cost V + k (V / block + 2 block) comparisons.

#ifndef TALMACH_TOP_K_BLOCK
#define TALMACH_TOP_K_BLOCK
namespace talmach {

/// The best column of a block that is not taken yet.
struct BlockBest {
  float value;
  Index column;  // kNotSearched: known by value only; kExhausted: every column is taken
};

inline constexpr Index kBlockColumns = 64;
inline constexpr Index kNotSearched = -1;
inline constexpr Index kExhausted = -2;

}  // namespace talmach
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

HWY_INLINE float MaxOfBlock(const float* scores, Index size) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  Vec max = Broadcast(kLowest);
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { max = hn::Max(max, Load(scores + i, lanes, kLowest)); });
  return MaxOfLanes(max);
}

void BlockMaxima(const float* scores, Index size, BlockBest* blocks) {
  for (Index begin = 0; begin < size; begin += kBlockColumns) {
    const float max = MaxOfBlock(scores + begin, std::min(kBlockColumns, size - begin));
    blocks[begin / kBlockColumns] = {max, kNotSearched};
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(BlockMaxima);

/// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 32768;

/// The best entry after (value, column) in the order of results, among columns [begin, end).
BlockBest NextBest(const float* scores, Index begin, Index end, BlockBest last) {
  BlockBest best{-std::numeric_limits<float>::infinity(), kExhausted};
  for (Index column = begin; column < end; ++column) {
    const float score = scores[column];
    const bool after = score < last.value || (score == last.value && column > last.column);
    if (after && (best.column == kExhausted || score > best.value)) best = {score, column};
  }
  return best;
}

/// The first block with the largest candidate.
Index BestBlock(const std::vector<BlockBest>& blocks) {
  Index best = -1;
  for (Index i = 0; i < static_cast<Index>(blocks.size()); ++i) {
    if (blocks[i].column == kExhausted) continue;
    if (best < 0 || blocks[i].value > blocks[best].value) best = i;
  }
  return best;
}

/// Takes the best entry out of `block`, which holds columns [begin, end).
BlockBest Take(const float* scores, Index begin, Index end, BlockBest& block) {
  BlockBest taken = block;
  if (taken.column < 0) {
    taken.column = begin;
    while (taken.column + 1 < end && scores[taken.column] != taken.value) ++taken.column;
  }
  block = NextBest(scores, begin, end, taken);
  return taken;
}

void TopKOfRow(const float* scores, Index size, Index k, float* values, TokenId* columns) {
  thread_local std::vector<BlockBest> blocks;
  blocks.resize(static_cast<std::size_t>((size + kBlockColumns - 1) / kBlockColumns));
  HWY_DYNAMIC_DISPATCH(BlockMaxima)(scores, size, blocks.data());
  for (Index i = 0; i < k; ++i) {
    const Index block = std::max<Index>(BestBlock(blocks), 0);  // none is left only if some is NaN
    const Index begin = block * kBlockColumns;
    const Index end = std::min(begin + kBlockColumns, size);
    const BlockBest taken = Take(scores, begin, end, blocks[block]);
    values[i] = taken.value;
    columns[i] = static_cast<TokenId>(taken.column);
  }
}

}  // namespace

void TopK(ConstView scores, View values, TensorView<TokenId> columns) {
  const Index k = values.cols();
  if (scores.rows() == 0 || k == 0) return;
  Require(k <= scores.cols(), "k is at most the number of columns");
  Require(values.rows() == scores.rows() && columns.rows() == scores.rows() && columns.cols() == k,
          "results of [rows, k]");
  ParallelFor(scores.rows(), kGrainElements / scores.cols() + 1, [&](Index begin, Index end, int) {
    for (Index row = begin; row < end; ++row) {
      TopKOfRow(scores.row(row), scores.cols(), k, values.row(row), columns.row(row));
    }
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
