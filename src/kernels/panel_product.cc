// The float32 half of panel_product.h: how its numbers are loaded, multiplied and stored. The order
// of the loops is in panel_tiles-inl.h. A panel is 16 columns of the right factor, row after row:
//
//   panel 0:  w_0,0 … w_0,15   w_1,0 … w_1,15   …      panel 1:  w_0,16 … w_0,31   …
//
// so a product reads it from front to back, one to four vectors per step of the inner dimension.
// The left factor is rearranged, a slab at a time, so that the numbers of one step for all rows of
// a tile are neighbours: each is broadcast to a vector and multiplied with the panel's vectors.
//
// A gradient dW = d_yᵀ x is the same product with other strides: the left factor is d_y read by
// columns, the panels are those of x, and the inner dimension is the rows of both.
//
// Where y is added to, the bias is added before the product begins; otherwise the sums start from
// the bias. Either way an element gets bias and old value first and then its blocks of 256 steps in
// order, so its bits depend on nothing but its row and column.
#include "kernels/panel_product.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/panel_region.h"
#include "kernels/scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/panel_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/panel_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

struct Float32Format {
  using Left = float;
  using Right = float;
  using Sum = float;
  using Region = Float32Region;
  using RightVector = Vec;
  static constexpr Index kStepSize = kPanelColumns;

  static HWY_INLINE Vec LoadRight(const float* from) { return hn::LoadU(Floats(), from); }
  static HWY_INLINE Vec Factor(float left) { return hn::Set(Floats(), left); }
  static HWY_INLINE Vec Zero() { return Zeros(); }
  static HWY_INLINE Vec Add(Vec a, Vec b) { return hn::Add(a, b); }
  static HWY_INLINE Vec LoadSum(const float* from) { return hn::LoadU(Floats(), from); }
  static HWY_INLINE void StoreSum(Vec sum, float* to) { hn::StoreU(sum, Floats(), to); }
  static HWY_INLINE Vec MultiplyAdd(Vec factor, Vec right, Vec sum) {
    return hn::MulAdd(factor, right, sum);
  }

  static void PackLeft(const StridedMatrix<float>& left, Index row, Index rows, Index begin,
                       Index steps, float* packed) {
    const float* from = left.values + row * left.row_stride + begin * left.col_stride;
    // Compilers unroll a number of rows that they know.
    switch (rows) {
      case 6:
        return PackRows<6>(left, from, steps, packed);
      case 5:
        return PackRows<5>(left, from, steps, packed);
      case 4:
        return PackRows<4>(left, from, steps, packed);
      default:
        for (Index r = 0; r < rows; ++r)
          PackRow(left, from + r * left.row_stride, rows, steps, packed + r);
    }
  }

  template <Index kRows>
  static void PackRows(const StridedMatrix<float>& left, const float* from, Index steps,
                       float* packed) {
    for (Index step = 0; step < steps; ++step) {
      const float* column = from + step * left.col_stride;
      HWY_UNROLL(6)
      for (Index r = 0; r < kRows; ++r) packed[step * kRows + r] = column[r * left.row_stride];
    }
  }

  static void PackRow(const StridedMatrix<float>& left, const float* from, Index rows, Index steps,
                      float* packed) {
    for (Index step = 0; step < steps; ++step) packed[step * rows] = from[step * left.col_stride];
  }
};

void MultiplyFloat32(const Float32Region& region) { MultiplyRegion<Float32Format>(region); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(MultiplyFloat32);

Index NumPanels(Index n) { return (n + kPanelColumns - 1) / kPanelColumns; }

void AddBias(const Float32Region& region) {
  const Index begin = region.panel_begin * kPanelColumns;
  const Index end = std::min(region.panel_end * kPanelColumns, region.n);
  for (Index r = region.row_begin; r < region.row_end; ++r) {
    float* row = region.y + r * region.n;
    for (Index c = begin; c < end; ++c) row[c] += region.bias[c];
  }
}

void Multiply(const Float32Region& whole) {
  ForEachRegion(whole, [](const Float32Region& region) {
    if (region.accumulate && region.bias != nullptr) AddBias(region);
    HWY_DYNAMIC_DISPATCH(MultiplyFloat32)(region);
  });
}

}  // namespace

Index PanelsSize(Index k, Index n) { return k * NumPanels(n) * kPanelColumns; }

void PackPanels(const StridedMatrix<float>& matrix, float* panels) {
  ParallelFor(NumPanels(matrix.cols), 4, [&](Index begin, Index end, int) {
    for (Index panel = begin; panel < end; ++panel) {
      const Index column = panel * kPanelColumns;
      const Index columns = std::min(kPanelColumns, matrix.cols - column);
      const float* from = matrix.values + column * matrix.col_stride;
      float* to = panels + column * matrix.rows;
      for (Index r = 0; r < matrix.rows; ++r, to += kPanelColumns) {
        for (Index c = 0; c < columns; ++c) {
          to[c] = from[r * matrix.row_stride + c * matrix.col_stride];
        }
        std::fill(to + columns, to + kPanelColumns, 0.0f);
      }
    }
  });
}

void MultiplyPanels(const PanelProduct& product) {
  const auto& [x, m, k, panels, n, bias, accumulate, y] = product;
  if (m == 0 || n == 0) return;
  Require(k > 0, "a product over nothing is the bias");
  Multiply({.left = {.values = x, .rows = m, .cols = k, .row_stride = k, .col_stride = 1},
            .inner_steps = k,
            .panels = panels,
            .n = n,
            .bias = bias,
            .accumulate = accumulate,
            .y = y,
            .row_end = m,
            .panel_end = NumPanels(n)});
}

void AccumulateTransposed(const TransposedProduct& product) {
  const auto& [d_y, x, m, n, k, d_w] = product;
  if (m == 0 || n == 0 || k == 0) return;
  thread_local Scratch scratch;
  auto* panels = scratch.Reserve<float>(static_cast<std::size_t>(PanelsSize(m, k)));
  PackPanels({.values = x, .rows = m, .cols = k, .row_stride = k, .col_stride = 1}, panels);
  Multiply({.left = {.values = d_y, .rows = n, .cols = m, .row_stride = 1, .col_stride = n},
            .inner_steps = m,
            .panels = panels,
            .n = k,
            .accumulate = true,
            .y = d_w,
            .row_end = n,
            .panel_end = NumPanels(k)});
}

}  // namespace talmach
#endif  // HWY_ONCE
