// An operand is what a matrix product reads: the values themselves in float32, a rounded copy in
// bfloat16. In float32, StoreOperand finds that it would copy onto itself and returns, so layers
// need not ask for the precision. A copy has the padded rows of the arena, over which products run
// as well; they are zeroed once, when the copy is allocated, as nothing writes there later.
//
// bfloat16 is the upper half of a float32, so widening is exact and rounding keeps the range.
// RoundToBFloat16 rounds without changing the type, for machines that have no bfloat16 products and
// compute them in float32.
#include "kernels/operand.h"

#include <algorithm>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/operand.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

void RoundValues(const float* from, Index size, BFloat16* to) {
  ForEachVector(
      size, [&](Index i, auto lanes) SIMD_LAMBDA { Store(Load(from + i, lanes), to + i, lanes); });
}

void WidenValues(const BFloat16* from, Index size, float* to) {
  ForEachVector(
      size, [&](Index i, auto lanes) SIMD_LAMBDA { Store(Load(from + i, lanes), to + i, lanes); });
}

void DropLowBits(const float* from, Index size, float* to) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(FromBFloat16(RoundToBFloat16(Load(from + i, lanes))), to + i, lanes);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(RoundValues);
HWY_EXPORT(WidenValues);
HWY_EXPORT(DropLowBits);

constexpr Index kGrain = 1 << 14;  // elements a thread should at least have

Operand AllocateCopy(Arena& arena, Index rows, Index padded_rows, Index cols) {
  const auto values = arena.Allocate<BFloat16>({padded_rows, cols});
  if (!arena.measuring()) std::fill(values.row(rows), values.row(padded_rows), BFloat16(0.0f));
  return Operand(values);
}

}  // namespace

Operand Operand::Rows(Index begin, Index end) const {
  Require(0 <= begin && begin <= end && end <= rows_, "row range inside the operand");
  Operand part = *this;
  part.rows_ = end - begin;
  if (float32_ != nullptr) part.float32_ += begin * cols_;
  if (bfloat16_ != nullptr) part.bfloat16_ += begin * cols_;
  return part;
}

View Operand::AsView() const {
  Require(bfloat16_ == nullptr, "a bfloat16 operand is no float32 view");
  return View(float32_, {rows_, cols_});
}

Operand AllocateOperand(Arena& arena, Precision precision, Index rows, Index cols) {
  if (precision != Precision::kBFloat16) return Operand(arena.AllocateRows(rows, cols));
  return AllocateCopy(arena, rows, RoundUp(rows, Arena::kRowPadding), cols);
}

Operand AllocateOperandFor(Arena& arena, Precision precision, View values, Index num_rows) {
  if (precision != Precision::kBFloat16) return Operand(values);
  return AllocateCopy(arena, num_rows, values.rows(), values.cols());
}

void StoreOperand(ConstView values, const Operand& operand) {
  if (operand.empty() || operand.float32() == values.data()) return;
  Require(values.rows() == operand.rows() && values.cols() == operand.cols(),
          "an operand has the shape of what is stored in it");
  const float* from = values.data();
  ParallelFor(values.size(), kGrain, [&](Index begin, Index end, int) {
    if (operand.precision() == Precision::kFloat32) {
      std::copy(from + begin, from + end, operand.float32() + begin);
    } else {
      HWY_DYNAMIC_DISPATCH(RoundValues)(from + begin, end - begin, operand.bfloat16() + begin);
    }
  });
}

void LoadOperand(const Operand& operand, View values) {
  if (operand.empty() || operand.float32() == values.data()) return;
  Require(values.rows() == operand.rows() && values.cols() == operand.cols(),
          "an operand has the shape of what is loaded from it");
  float* to = values.data();
  ParallelFor(values.size(), kGrain, [&](Index begin, Index end, int) {
    if (operand.precision() == Precision::kFloat32) {
      std::copy(operand.float32() + begin, operand.float32() + end, to + begin);
    } else {
      HWY_DYNAMIC_DISPATCH(WidenValues)(operand.bfloat16() + begin, end - begin, to + begin);
    }
  });
}

void SetZero(const Operand& operand) {
  const Index size = operand.rows() * operand.cols();
  if (operand.float32() != nullptr) std::fill_n(operand.float32(), size, 0.0f);
  if (operand.bfloat16() != nullptr) std::fill_n(operand.bfloat16(), size, BFloat16());
}

void RoundToBFloat16(ConstView values, View rounded) {
  Require(values.size() == rounded.size(), "rounding keeps the size");
  ParallelFor(values.size(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(DropLowBits)
    (values.data() + begin, end - begin, rounded.data() + begin);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
