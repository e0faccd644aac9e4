// Matrix products of our own, for processors on which oneDNN has none that are fast, exact (int8)
// and treat every row alike (float32): float32 below AVX-512, int8 without VNNI.
//
// One factor is rearranged into panels of kPanelColumns columns, in which numbers lie in the order
// a product reads them (Goto and van de Geijn 2008). A tile of a few rows and one panel or more
// stays in registers while it goes through the inner dimension.
//
// In float32 every element of a result is a sum of blocks of 256 steps of the inner dimension, each
// block one chain of fused multiply-adds (below AVX2, of multiplications and additions):
//   s ← 0,  s ← s + x_0 w_0,  s ← s + x_1 w_1, …;  y ← y + s
// That is so whatever the number of rows, the place of the row or the column, and the number of
// threads; so are the bits. Int8 products are exact.
#pragma once

#include <cstdint>

#include "base/types.h"

namespace talmach {

inline constexpr Index kPanelColumns = 16;

/// A matrix in memory: element (r, c) at values[r · row_stride + c · col_stride].
template <typename T>
struct StridedMatrix {
  const T* values = nullptr;
  Index rows = 0;
  Index cols = 0;
  Index row_stride = 0;
  Index col_stride = 0;
};

/// Floats that the panels of a matrix [k, n] take.
Index PanelsSize(Index k, Index n);

/// Rearranges `matrix` [k, n] into panels; columns past n are zero.
void PackPanels(const StridedMatrix<float>& matrix, float* panels);

/// y [m, n] = x [m, k] · panels [k, n] + bias, or y += … when `accumulate`. `bias` [n] may be null.
/// All matrices lie row by row without gaps; k > 0.
struct PanelProduct {
  const float* x = nullptr;
  Index m = 0;
  Index k = 0;
  const float* panels = nullptr;
  Index n = 0;
  const float* bias = nullptr;
  bool accumulate = false;
  float* y = nullptr;
};
void MultiplyPanels(const PanelProduct& product);

/// d_w [n, k] += d_yᵀ · x, with d_y [m, n] and x [m, k], in ascending order of the m rows.
struct TransposedProduct {
  const float* d_y = nullptr;
  const float* x = nullptr;
  Index m = 0;
  Index n = 0;
  Index k = 0;
  float* d_w = nullptr;
};
void AccumulateTransposed(const TransposedProduct& product);

/// Bytes that the panels of an int8 matrix [k, n] take.
Index Int8PanelsSize(Index k, Index n);

/// Rearranges `matrix` [k, n], numbers in [−127, 127], into panels of pairs of rows; what is past
/// its end is zero.
void PackInt8Panels(const StridedMatrix<std::int8_t>& matrix, std::int8_t* panels);

/// y [m, n] = (x [m, k] − offset) · panels [k, n], with x − offset in [−127, 127]; k > 0.
struct Int8PanelProduct {
  const std::uint8_t* x = nullptr;
  int offset = 0;
  Index m = 0;
  Index k = 0;
  const std::int8_t* panels = nullptr;
  Index n = 0;
  std::int32_t* y = nullptr;
};
void MultiplyInt8Panels(const Int8PanelProduct& product);

}  // namespace talmach
