// Gathering is one copy per row. Scattering is the hard direction: several rows may add to the same
// row of the table, so threads divide the columns, not the rows. Each thread walks over all rows in
// order and adds its columns of them: no two threads write to the same place, and every sum has the
// order of the rows, whatever the number of threads.
#include "kernels/rows.h"

#include <algorithm>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/rows.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

void AddTo(const float* from, Index size, float* to) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(hn::Add(Load(to + i, lanes), Load(from + i, lanes)), to + i, lanes);
  });
}

// Adds the columns [begin, end) of the scattered rows.
void ScatterAddColumns(ConstView d_out, std::span<const TokenId> ids, Index begin, Index end,
                       View d_table) {
  for (Index i = 0; i < std::ssize(ids); ++i) {
    if (ids[i] >= 0) AddTo(d_out.row(i) + begin, end - begin, d_table.row(ids[i]) + begin);
  }
}

// sums[c] += Σ_r x[r · stride + c] for the columns [0, size): four vectors at a time stay in
// registers from the first row to the last.
template <class Number>
HWY_INLINE void SumColumns(const Number* x, Index num_rows, Index stride, Index size, float* sums) {
  const Index step = NumLanes();
  Index c = 0;
  for (; c + 4 * step <= size; c += 4 * step) {
    Vec sum[4];
    for (int v = 0; v < 4; ++v) sum[v] = Load(sums + c + v * step, Whole{});
    for (Index r = 0; r < num_rows; ++r) {
      for (int v = 0; v < 4; ++v) {
        sum[v] = hn::Add(sum[v], Load(x + r * stride + c + v * step, Whole{}));
      }
    }
    for (int v = 0; v < 4; ++v) Store(sum[v], sums + c + v * step, Whole{});
  }
  ForEachVector(size - c, [&](Index i, auto lanes) SIMD_LAMBDA {
    Vec sum = Load(sums + c + i, lanes);
    for (Index r = 0; r < num_rows; ++r) sum = hn::Add(sum, Load(x + r * stride + c + i, lanes));
    Store(sum, sums + c + i, lanes);
  });
}

void SumColumnsFloat32(const float* x, Index num_rows, Index stride, Index size, float* sums) {
  SumColumns(x, num_rows, stride, size, sums);
}

void SumColumnsBFloat16(const BFloat16* x, Index num_rows, Index stride, Index size, float* sums) {
  SumColumns(x, num_rows, stride, size, sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(ScatterAddColumns);
HWY_EXPORT(SumColumnsFloat32);
HWY_EXPORT(SumColumnsBFloat16);

constexpr Index kGrain = 1 << 14;    // elements a thread should at least have
constexpr Index kStripColumns = 64;  // the unit in which threads share columns: whole cache lines

// Calls body(begin, end) for parts of the columns of a matrix of `rows` rows, one per thread. Each
// element of a sum over rows then belongs to one thread, so the order of the sum is that of rows.
template <class Body>
void ForEachStrip(Index rows, Index cols, const Body& body) {
  const Index num_strips = RoundUp(cols, kStripColumns) / kStripColumns;
  const Index grain = kGrain / (kStripColumns * std::max<Index>(rows, 1)) + 1;
  ParallelFor(num_strips, grain, [&](Index begin, Index end, int) {
    body(begin * kStripColumns, std::min(end * kStripColumns, cols));
  });
}

void RequireIds(std::span<const TokenId> ids, Index num_rows) {
  Require(std::ranges::all_of(ids, [&](TokenId id) { return id >= -1 && id < num_rows; }),
          "ids are -1 or rows of the table");
}

// out[i] = what copy(id, row) writes for ids[i] of a table [num_rows, out.cols()].
template <class CopyRow>
void Gather(Index num_rows, std::span<const TokenId> ids, View out, const CopyRow& copy) {
  Require(out.rows() >= std::ssize(ids), "a row for each id");
  RequireIds(ids, num_rows);
  const Index grain = kGrain / std::max<Index>(out.cols(), 1) + 1;
  ParallelFor(std::ssize(ids), grain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      if (ids[i] < 0) {
        std::fill_n(out.row(i), out.cols(), 0.0f);
      } else {
        copy(ids[i], out.row(i));
      }
    }
  });
}

}  // namespace

void GatherRows(ConstView table, std::span<const TokenId> ids, View out) {
  Require(out.cols() == table.cols(), "rows of the table's width");
  Gather(table.rows(), ids, out,
         [&](TokenId id, float* to) { std::copy_n(table.row(id), table.cols(), to); });
}

void GatherRows(const QuantizedView& table, std::span<const TokenId> ids, View out) {
  Require(out.cols() == table.values.cols(), "rows of the table's width");
  Gather(table.values.rows(), ids, out, [&](TokenId id, float* to) {
    const std::int8_t* values = table.values.row(id);
    const float scale = table.scales[id];
    for (Index c = 0; c < out.cols(); ++c) to[c] = scale * static_cast<float>(values[c]);
  });
}

void ScatterAddRows(ConstView d_out, std::span<const TokenId> ids, View d_table) {
  Require(d_out.rows() >= std::ssize(ids) && d_out.cols() == d_table.cols(), "a row for each id");
  RequireIds(ids, d_table.rows());
  ForEachStrip(std::ssize(ids), d_table.cols(), [&](Index begin, Index end) {
    HWY_DYNAMIC_DISPATCH(ScatterAddColumns)(d_out, ids, begin, end, d_table);
  });
}

void AccumulateColumnSums(const Operand& x, Index num_columns, float* sums) {
  if (x.empty()) return;
  Require(num_columns <= x.cols(), "no more sums than columns");
  ForEachStrip(x.rows(), num_columns, [&](Index begin, Index end) {
    if (x.precision() == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(SumColumnsFloat32)
      (x.float32() + begin, x.rows(), x.cols(), end - begin, sums + begin);
    } else {
      HWY_DYNAMIC_DISPATCH(SumColumnsBFloat16)
      (x.bfloat16() + begin, x.rows(), x.cols(), end - begin, sums + begin);
    }
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
