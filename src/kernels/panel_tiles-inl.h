// The loops of a product with panels, for any format of its factors (see panel_product.h).
//
// A Format says what is multiplied:
//   Left, Right, Sum     numbers of the left factor, of the panels, of the result
//   Region               a PanelRegion of them
//   kStepSize            numbers of a panel in one step of the inner dimension
//   RightVector          NumLanes() columns of a panel
//   LoadRight(from)      … from memory
//   Factor(left)         one number of the left factor, broadcast
//   Zero, LoadSum, StoreSum, Add    NumLanes() sums
//   MultiplyAdd(factor, right, sum)
//   PackLeft(left, row, rows, begin, steps, packed)   rows of the left factor as [steps, rows]
//
// The order of the loops: slabs of rows, blocks of the inner dimension, panels, tiles of rows. The
// left factor of a slab and block stays in the L2 cache, the panel of a tile in the L1 cache. The
// sum of each block is added to the result.

#if defined(TALMACH_KERNELS_PANEL_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TALMACH_KERNELS_PANEL_TILES_INL_H_
#undef TALMACH_KERNELS_PANEL_TILES_INL_H_
#else
#define TALMACH_KERNELS_PANEL_TILES_INL_H_
#endif

#include <algorithm>

#include "kernels/panel_region.h"
#include "kernels/scratch.h"
#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

constexpr Index kPanelLanes = static_cast<Index>(hn::MaxLanes(Floats()));
constexpr int kPanelVectors = static_cast<int>(kPanelColumns / kPanelLanes);
// Vectors of sums that a tile may keep in registers, so that there is room for the factors: AVX-512
// and ARM64 have 32 registers, the others 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int kTileVectors = 24;
#else
constexpr int kTileVectors = 12;
#endif
constexpr int kTileRows = std::clamp(kTileVectors / kPanelVectors, 1, 6);
// Rows whose left factor is rearranged together, and steps of the inner dimension.
constexpr Index kSlabRows = 192;
constexpr Index kInnerBlock = 256;

/// Panels in a tile of `rows` rows: few rows go through several at once, to keep the multipliers
/// busy while a sum waits for its last addition.
constexpr int TilePanels(int rows) {
  int panels = 4;
  while (panels > 1 && rows * panels * kPanelVectors > kTileVectors) panels /= 2;
  return panels;
}

/// sums [rows, panels · 16] = start + left · panels. Rows of start may be one and the same.
template <class Format>
struct Tile {
  const typename Format::Left* left;     // [steps, rows]
  const typename Format::Right* panels;  // [steps, kStepSize] each
  Index panel_stride;
  Index steps;
  const typename Format::Sum* start;
  Index start_stride;
  typename Format::Sum* sums;
  Index sums_stride;
};

template <class Format, int kRows, int kPanels>
void MultiplyTile(const Tile<Format>& tile) {
  constexpr int kVectors = kPanels * kPanelVectors;
  constexpr Index kVectorSize = Format::kStepSize / kPanelVectors;
  using SumVector = decltype(Format::Zero());
  SumVector sums[kRows][kVectors];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(16)
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = Format::Zero();
    }
  }
  const auto* left = tile.left;
  const auto* panel = tile.panels;
  // A hyperthread beside this one leaves half of the instructions a cycle; so few are for the loop.
  HWY_UNROLL(4)
  for (Index step = 0; step < tile.steps; ++step) {
    typename Format::RightVector right[kVectors];
    HWY_UNROLL(16)
    for (int v = 0; v < kVectors; ++v) {
      right[v] = Format::LoadRight(panel + v / kPanelVectors * tile.panel_stride +
                                   v % kPanelVectors * kVectorSize);
    }
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      const auto factor = Format::Factor(left[r]);
      HWY_UNROLL(16)
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = Format::MultiplyAdd(factor, right[v], sums[r][v]);
      }
    }
    left += kRows;
    panel += Format::kStepSize;
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(16)
    for (int v = 0; v < kVectors; ++v) {
      const auto start = Format::LoadSum(tile.start + r * tile.start_stride + v * kPanelLanes);
      Format::StoreSum(Format::Add(start, sums[r][v]),
                       tile.sums + r * tile.sums_stride + v * kPanelLanes);
    }
  }
}

/// The last panel, of which only `columns` columns exist.
template <class Format, int kRows>
void MultiplyNarrowTile(Tile<Format> tile, Index columns) {
  HWY_ALIGN typename Format::Sum copy[kRows * kPanelColumns] = {};
  for (int r = 0; r < kRows; ++r) {
    std::copy_n(tile.start + r * tile.start_stride, columns, copy + r * kPanelColumns);
  }
  auto* const sums = tile.sums;
  const Index stride = tile.sums_stride;
  tile.start = tile.sums = copy;
  tile.start_stride = tile.sums_stride = kPanelColumns;
  MultiplyTile<Format, kRows, 1>(tile);
  for (int r = 0; r < kRows; ++r) std::copy_n(copy + r * kPanelColumns, columns, sums + r * stride);
}

/// The rows of a tile through many panels, in one block of the inner dimension.
template <class Format>
struct Stripe {
  const typename Format::Region* region;
  const typename Format::Left* left;  // [steps, rows]
  Index row;
  Index first_step;
  Index steps;

  Tile<Format> TileAt(Index panel) const {
    static constexpr typename Format::Sum kZeros[4 * kPanelColumns] = {};
    const Index panel_stride = region->inner_steps * Format::kStepSize;
    const Index column = panel * kPanelColumns;
    auto* sums = region->y + row * region->n + column;
    Tile<Format> tile = {
        .left = left,
        .panels = region->panels + panel * panel_stride + first_step * Format::kStepSize,
        .panel_stride = panel_stride,
        .steps = steps,
        .start = sums,
        .start_stride = region->n,
        .sums = sums,
        .sums_stride = region->n};
    if (first_step > 0 || region->accumulate) return tile;
    tile.start = region->bias == nullptr ? kZeros : region->bias + column;
    tile.start_stride = 0;
    return tile;
  }
};

template <class Format, int kRows>
void MultiplyStripe(const Stripe<Format>& stripe, Index begin, Index end) {
  constexpr int kPanels = TilePanels(kRows);
  const Index whole = std::min(end, stripe.region->n / kPanelColumns);
  Index panel = begin;
  for (; panel + kPanels <= whole; panel += kPanels) {
    MultiplyTile<Format, kRows, kPanels>(stripe.TileAt(panel));
  }
  for (; panel < whole; ++panel) MultiplyTile<Format, kRows, 1>(stripe.TileAt(panel));
  if (panel < end) {
    MultiplyNarrowTile<Format, kRows>(stripe.TileAt(panel),
                                      stripe.region->n - panel * kPanelColumns);
  }
}

template <class Format>
void MultiplyStripe(Index rows, const Stripe<Format>& stripe, Index begin, Index end) {
  switch (rows) {
    case 1:
      return MultiplyStripe<Format, 1>(stripe, begin, end);
    case 2:
      return MultiplyStripe<Format, std::min(2, kTileRows)>(stripe, begin, end);
    case 3:
      return MultiplyStripe<Format, std::min(3, kTileRows)>(stripe, begin, end);
    case 4:
      return MultiplyStripe<Format, std::min(4, kTileRows)>(stripe, begin, end);
    case 5:
      return MultiplyStripe<Format, std::min(5, kTileRows)>(stripe, begin, end);
    default:
      return MultiplyStripe<Format, kTileRows>(stripe, begin, end);
  }
}

/// All panels of the region for `rows` rows from `row`. `packed` has room for a block of them.
template <class Format>
void MultiplySlab(const typename Format::Region& region, Index row, Index rows,
                  typename Format::Left* packed) {
  const EvenParts tiles(rows, kTileRows);
  const Index panels_at_once = TilePanels(static_cast<int>(rows / tiles.parts));
  for (Index first_step = 0; first_step < region.inner_steps; first_step += kInnerBlock) {
    const Index steps = std::min(kInnerBlock, region.inner_steps - first_step);
    for (Index t = 0; t < tiles.parts; ++t) {
      const Index begin = tiles.Begin(t);
      Format::PackLeft(region.left, row + begin, tiles.Begin(t + 1) - begin, first_step, steps,
                       packed + begin * steps);
    }
    for (Index panel = region.panel_begin; panel < region.panel_end; panel += panels_at_once) {
      const Index panel_end = std::min(panel + panels_at_once, region.panel_end);
      for (Index t = 0; t < tiles.parts; ++t) {
        const Index begin = tiles.Begin(t);
        const Stripe<Format> stripe = {.region = &region,
                                       .left = packed + begin * steps,
                                       .row = row + begin,
                                       .first_step = first_step,
                                       .steps = steps};
        MultiplyStripe<Format>(tiles.Begin(t + 1) - begin, stripe, panel, panel_end);
      }
    }
  }
}

template <class Format>
void MultiplyRegion(const typename Format::Region& region) {
  thread_local Scratch scratch;
  auto* packed =
      scratch.Reserve<typename Format::Left>(static_cast<std::size_t>(kSlabRows * kInnerBlock));
  const EvenParts slabs(region.row_end - region.row_begin, kSlabRows);
  for (Index slab = 0; slab < slabs.parts; ++slab) {
    const Index begin = slabs.Begin(slab);
    MultiplySlab<Format>(region, region.row_begin + begin, slabs.Begin(slab + 1) - begin, packed);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#endif  // the include guard, which is set anew for each target
