// Tested by tests/kernels/panel_product_test.cc.
//
// The int8 half of panel_product.h. Bytes are widened to 16 bits on their way into registers, where
// an instruction multiplies pairs of neighbours and adds the two products in 32 bits: exact for
// all 255 levels, which products of bytes without VNNI are not. Panels and the left factor hold
// such pairs: of two rows of the panel's matrix, of two columns of the left.
#include <algorithm>

#include "base/error.h"
#include "kernels/panel_product.h"
#include "kernels/panel_region.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/int8_panel_product.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/panel_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

using IntVec = hn::Vec<Ints>;

#if HWY_TARGET == HWY_SCALAR
// Where a vector is one number, no vector holds a pair.
struct PairVec {
  IntVec first;
  IntVec second;
};

HWY_INLINE PairVec LoadPairs(const std::int8_t* from) {
  return {hn::Set(Ints(), from[0]), hn::Set(Ints(), from[1])};
}
HWY_INLINE IntVec FirstOfPairs(PairVec pairs) { return pairs.first; }
HWY_INLINE IntVec SecondOfPairs(PairVec pairs) { return pairs.second; }
HWY_INLINE PairVec BroadcastPair(std::int32_t pair) {
  return {hn::ShiftRight<16>(hn::ShiftLeft<16>(hn::Set(Ints(), pair))),
          hn::ShiftRight<16>(hn::Set(Ints(), pair))};
}
#else
// 16-bit numbers, two in each lane of IntVec; bytes that are widened to them.
using Shorts = hn::Repartition<std::int16_t, Ints>;
using Bytes = hn::Rebind<std::int8_t, Shorts>;
using PairVec = hn::Vec<Shorts>;

HWY_INLINE PairVec LoadPairs(const std::int8_t* from) {
  return hn::PromoteTo(Shorts(), hn::LoadU(Bytes(), from));
}
HWY_INLINE PairVec BroadcastPair(std::int32_t pair) {
  return hn::BitCast(Shorts(), hn::Set(Ints(), pair));
}
#if !HWY_ARCH_X86 || HWY_TARGET > HWY_SSE4
HWY_INLINE IntVec FirstOfPairs(PairVec pairs) {
  return hn::ShiftRight<16>(hn::ShiftLeft<16>(hn::BitCast(Ints(), pairs)));
}
HWY_INLINE IntVec SecondOfPairs(PairVec pairs) {
  return hn::ShiftRight<16>(hn::BitCast(Ints(), pairs));
}
#endif
#endif

#if !HWY_ARCH_X86 || HWY_TARGET > HWY_SSE4
// Two multiply-adds of 32 bits; the halves of a factor are taken apart once for all its products.
HWY_INLINE IntVec MultiplyAddPairs(PairVec a, PairVec b, IntVec sum) {
  const IntVec first = hn::Add(sum, hn::Mul(FirstOfPairs(a), FirstOfPairs(b)));
  return hn::Add(first, hn::Mul(SecondOfPairs(a), SecondOfPairs(b)));
}
#endif

struct Int8Format {
  using Left = std::int32_t;  // a pair of 16-bit numbers
  using Right = std::int8_t;
  using Sum = std::int32_t;
  using Region = Int8Region;
  using RightVector = PairVec;
  static constexpr Index kStepSize = 2 * kPanelColumns;

  static HWY_INLINE PairVec LoadRight(const std::int8_t* from) { return LoadPairs(from); }
  static HWY_INLINE PairVec Factor(std::int32_t left) { return BroadcastPair(left); }
  static HWY_INLINE IntVec Zero() { return hn::Zero(Ints()); }
  static HWY_INLINE IntVec Add(IntVec a, IntVec b) { return hn::Add(a, b); }
  static HWY_INLINE IntVec LoadSum(const std::int32_t* from) { return hn::LoadU(Ints(), from); }
  static HWY_INLINE void StoreSum(IntVec sum, std::int32_t* to) { hn::StoreU(sum, Ints(), to); }
  static HWY_INLINE IntVec MultiplyAdd(PairVec factor, PairVec right, IntVec sum) {
    return MultiplyAddPairs(factor, right, sum);
  }

  static void PackLeft(const Int8Left& left, Index row, Index rows, Index begin, Index steps,
                       std::int32_t* packed) {
    for (Index r = 0; r < rows; ++r) {
      const std::uint8_t* from = left.values + (row + r) * left.cols;
      for (Index step = 0; step < steps; ++step) {
        const Index c = 2 * (begin + step);
        const int first = from[c] - left.offset;
        const int second = c + 1 < left.cols ? from[c + 1] - left.offset : 0;
        packed[step * rows + r] =
            static_cast<std::int32_t>((static_cast<std::uint32_t>(second) << 16) |
                                      (static_cast<std::uint32_t>(first) & 0xffffu));
      }
    }
  }
};

void MultiplyInt8(const Int8Region& region) { MultiplyRegion<Int8Format>(region); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(MultiplyInt8);

Index NumPanels(Index n) { return (n + kPanelColumns - 1) / kPanelColumns; }
Index NumPairs(Index k) { return (k + 1) / 2; }

}  // namespace

Index Int8PanelsSize(Index k, Index n) { return 2 * NumPairs(k) * NumPanels(n) * kPanelColumns; }

void PackInt8Panels(const StridedMatrix<std::int8_t>& matrix, std::int8_t* panels) {
  std::fill_n(panels, Int8PanelsSize(matrix.rows, matrix.cols), std::int8_t{0});
  const Index panel_size = 2 * NumPairs(matrix.rows) * kPanelColumns;
  for (Index c = 0; c < matrix.cols; ++c) {
    std::int8_t* to = panels + c / kPanelColumns * panel_size + c % kPanelColumns * 2;
    for (Index r = 0; r < matrix.rows; ++r) {
      to[r / 2 * 2 * kPanelColumns + r % 2] =
          matrix.values[r * matrix.row_stride + c * matrix.col_stride];
    }
  }
}

void MultiplyInt8Panels(const Int8PanelProduct& product) {
  const auto& [x, offset, m, k, panels, n, y] = product;
  if (m == 0 || n == 0) return;
  Require(k > 0, "a product over nothing is zero");
  ForEachRegion(Int8Region{.left = {.values = x, .cols = k, .offset = offset},
                           .inner_steps = NumPairs(k),
                           .panels = panels,
                           .n = n,
                           .y = y,
                           .row_end = m,
                           .panel_end = NumPanels(n)},
                [](const Int8Region& region) {
                  HWY_DYNAMIC_DISPATCH(MultiplyInt8)
                  (region);
                });
}

}  // namespace talmach
#endif  // HWY_ONCE
