#include "kernels/rows.h"

#include <algorithm>

#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kGrain = 1 << 14;       // elements a thread should at least have
constexpr Index kCacheLineFloats = 16;  // threads that share columns own whole cache lines

}  // namespace

void GatherRows(ConstView table, std::span<const TokenId> ids, View out) {
  const Index width = table.cols();
  Require(out.rows() >= std::ssize(ids) && out.cols() == width, "one row of the table for each id");
  ParallelFor(std::ssize(ids), kGrain / std::max<Index>(width, 1),
              [&](Index begin, Index end, int) {
                for (Index i = begin; i < end; ++i) {
                  if (ids[i] < 0) {
                    std::fill_n(out.row(i), width, 0.0f);
                  } else {
                    std::copy_n(table.row(ids[i]), width, out.row(i));
                  }
                }
              });
}

void ScatterAddRows(ConstView d_out, std::span<const TokenId> ids, View d_table) {
  const Index width = d_table.cols();
  Require(d_out.rows() >= std::ssize(ids) && d_out.cols() == width, "one gradient row for each id");
  const Index num_blocks = RoundUp(width, kCacheLineFloats) / kCacheLineFloats;
  const Index grain = kGrain / (kCacheLineFloats * std::max<Index>(std::ssize(ids), 1));
  // Threads share columns, not rows: each element is summed by one thread, in the order of i.
  ParallelFor(num_blocks, grain, [&](Index begin, Index end, int) {
    const Index first = begin * kCacheLineFloats;
    const Index last = std::min(end * kCacheLineFloats, width);
    for (Index i = 0; i < std::ssize(ids); ++i) {
      if (ids[i] < 0) continue;
      const float* from = d_out.row(i);
      float* to = d_table.row(ids[i]);
      for (Index c = first; c < last; ++c) to[c] += from[c];
    }
  });
}

void AccumulateColumnSums(const Operand& x, Index num_columns, float* sums) {
  if (x.empty()) return;
  Require(num_columns <= x.cols(), "no more sums than columns");
  const Index num_blocks = RoundUp(num_columns, kCacheLineFloats) / kCacheLineFloats;
  ParallelFor(num_blocks, kGrain / (kCacheLineFloats * x.rows()), [&](Index begin, Index end, int) {
    const Index first = begin * kCacheLineFloats;
    const Index last = std::min(end * kCacheLineFloats, num_columns);
    for (Index r = 0; r < x.rows(); ++r) {
      if (x.precision() == Precision::kFloat32) {
        const float* row = x.float32() + r * x.cols();
        for (Index c = first; c < last; ++c) sums[c] += row[c];
      } else {
        const BFloat16* row = x.bfloat16() + r * x.cols();
        for (Index c = first; c < last; ++c) sums[c] += row[c].ToFloat();
      }
    }
  });
}

}  // namespace talmach
