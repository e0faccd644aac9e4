#include "kernels/top_k.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/top_k.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

// One pass over the row finds the maximum of every block of columns. Only the k blocks with the
// largest maxima can hold the k largest entries: each of them holds one entry that any entry of
// another block could at best equal, in a later column. So the rest of the row is not looked at
// again; nor are those of the k blocks whose maxima are below k entries that are already found.

#ifndef TALMACH_TOP_K_BLOCK
#define TALMACH_TOP_K_BLOCK
namespace talmach {

inline constexpr Index kBlockColumns = 64;

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

void BlockMaxima(const float* scores, Index size, float* maxima) {
  Index begin = 0;
  for (; begin + kBlockColumns <= size; begin += kBlockColumns) {
    *maxima++ = MaxOfBlock(scores + begin, kBlockColumns);
  }
  if (begin < size) *maxima = MaxOfBlock(scores + begin, size - begin);
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(BlockMaxima);

// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 32768;

// A score and where it stands: the number of a block, or of a column.
struct Candidate {
  float score;
  Index place;
};

// The order of results: larger scores first, equal ones in order of places.
bool Before(const Candidate& a, const Candidate& b) {
  return a.score > b.score || (a.score == b.score && a.place < b.place);
}

// The first k candidates of those offered, in order.
class BestCandidates {
 public:
  void Reset(Index k) {
    capacity_ = static_cast<std::size_t>(k);
    candidates_.clear();
  }
  void Offer(const Candidate& candidate) {
    if (candidates_.size() == capacity_) {
      if (!Before(candidate, candidates_.back())) return;
      candidates_.pop_back();
    }
    candidates_.insert(std::upper_bound(candidates_.begin(), candidates_.end(), candidate, Before),
                       candidate);
  }
  // Whether there are k of them, with larger scores.
  bool AllAreBetterThan(float score) const {
    return candidates_.size() == capacity_ && score < candidates_.back().score;
  }
  const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  std::size_t capacity_ = 0;
  std::vector<Candidate> candidates_;
};

// What a thread needs for a row; kept, so that the next row allocates nothing.
struct RowScratch {
  std::vector<float> maxima;
  BestCandidates blocks;
  BestCandidates columns;
};

void TopKOfRow(const float* scores, Index size, Index k, RowScratch& scratch) {
  const Index num_blocks = (size + kBlockColumns - 1) / kBlockColumns;
  scratch.maxima.resize(static_cast<std::size_t>(num_blocks));
  HWY_DYNAMIC_DISPATCH(BlockMaxima)(scores, size, scratch.maxima.data());
  scratch.blocks.Reset(std::min(k, num_blocks));
  for (Index block = 0; block < num_blocks; ++block) {
    scratch.blocks.Offer({scratch.maxima[static_cast<std::size_t>(block)], block});
  }
  scratch.columns.Reset(k);
  for (const Candidate& block : scratch.blocks.candidates()) {
    if (scratch.columns.AllAreBetterThan(block.score)) break;
    const Index begin = block.place * kBlockColumns;
    const Index end = std::min(begin + kBlockColumns, size);
    for (Index column = begin; column < end; ++column) {
      scratch.columns.Offer({scores[column], column});
    }
  }
}

void TopKOfRows(ConstView scores, View values, TensorView<TokenId> columns, Index begin,
                Index end) {
  thread_local RowScratch scratch;
  const Index k = values.cols();
  for (Index row = begin; row < end; ++row) {
    TopKOfRow(scores.row(row), scores.cols(), k, scratch);
    for (Index i = 0; i < k; ++i) {
      const Candidate& best = scratch.columns.candidates()[static_cast<std::size_t>(i)];
      values(row, i) = best.score;
      columns(row, i) = static_cast<TokenId>(best.place);
    }
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
    TopKOfRows(scores, values, columns, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
