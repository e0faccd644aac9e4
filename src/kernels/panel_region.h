// What one thread computes of a product with panels (panel_product.h).
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/panel_product.h"
#include "kernels/parallel.h"

namespace talmach {

/// Rows [row_begin, row_end) and panels [panel_begin, panel_end) of y [m, n] = left · panels.
/// `Left` is the other factor; it has `inner_steps` steps of the inner dimension.
template <typename Left, typename Right, typename Sum>
struct PanelRegion {
  Left left = {};
  Index inner_steps = 0;
  const Right* panels = nullptr;
  Index n = 0;
  const Sum* bias = nullptr;
  bool accumulate = false;
  Sum* y = nullptr;
  Index row_begin = 0, row_end = 0;
  Index panel_begin = 0, panel_end = 0;
};

using Float32Region = PanelRegion<StridedMatrix<float>, float, float>;

/// Rounded activations, row by row, from which `offset` is to be taken.
struct Int8Left {
  const std::uint8_t* values = nullptr;
  Index cols = 0;
  int offset = 0;
};
using Int8Region = PanelRegion<Int8Left, std::int8_t, std::int32_t>;

/// Calls multiply(region) for parts of the whole product, one per thread: divided by rows if there
/// are enough, else by panels.
template <typename Region, typename Multiply>
void ForEachRegion(const Region& whole, const Multiply& multiply) {
  constexpr Index kThreadRows = 32;           // at least so many to a thread
  constexpr Index kThreadPanels = 4;          // likewise
  constexpr Index kThreadProducts = 1 << 16;  // not worth a second thread
  const Index rows = whole.row_end;
  const Index panels = whole.panel_end;
  if (rows * panels * kPanelColumns * whole.inner_steps < kThreadProducts) return multiply(whole);
  if (rows >= kThreadRows * NumThreads()) {
    return ParallelFor(rows, kThreadRows, [&](Index begin, Index end, int) {
      Region region = whole;
      region.row_begin = begin;
      region.row_end = end;
      multiply(region);
    });
  }
  ParallelFor(panels, kThreadPanels, [&](Index begin, Index end, int) {
    Region region = whole;
    region.panel_begin = begin;
    region.panel_end = end;
    multiply(region);
  });
}

/// `total` things in the fewest parts of at most `most`, as equal as they can be.
struct EvenParts {
  EvenParts(Index total, Index most) : count(total), parts((total + most - 1) / most) {}
  Index Begin(Index part) const { return count * part / parts; }

  Index count;
  Index parts;
};

}  // namespace talmach
