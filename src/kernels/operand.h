// A matrix that feeds a product.
//
// "Precision is data": the same layer code runs in float32 and in bfloat16, because what feeds a
// product is an Operand that knows its own format. Kernels that produce such a matrix write it in
// that format in the same pass.
#pragma once

#include "base/bfloat16.h"
#include "kernels/precision.h"
#include "tensor/arena.h"
#include "tensor/tensor_view.h"

namespace talmach {

/// A dense, row-major, non-owning matrix of float32 or bfloat16. Like a View, it is mutable and
/// its memory must outlive it. A default-constructed operand is empty: kernels skip writing it.
class Operand {
 public:
  Operand() = default;
  /// The float32 matrix itself: no copy.
  explicit Operand(View values)
      : float32_(values.data()), rows_(values.rows()), cols_(values.cols()) {}
  explicit Operand(TensorView<BFloat16> values)
      : bfloat16_(values.data()), rows_(values.rows()), cols_(values.cols()) {}

  Precision precision() const {
    return bfloat16_ != nullptr ? Precision::kBFloat16 : Precision::kFloat32;
  }
  bool empty() const { return rows_ == 0 || (float32_ == nullptr && bfloat16_ == nullptr); }
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

  /// The data in its format; null in the other one.
  float* float32() const { return float32_; }
  BFloat16* bfloat16() const { return bfloat16_; }

  /// Rows [begin, end).
  Operand Rows(Index begin, Index end) const;
  /// As a float32 view; the precision must be float32.
  View AsView() const;

 private:
  float* float32_ = nullptr;
  BFloat16* bfloat16_ = nullptr;
  Index rows_ = 0;
  Index cols_ = 0;
};

/// Memory for an operand of padded rows (see Arena::AllocateRows; the padding is zero). Int8 is a
/// format of weights: what is multiplied with them is float32 and rounded inside the product.
Operand AllocateOperand(Arena& arena, Precision precision, Index rows, Index cols);

/// An operand that holds what `values` holds: `values` itself in float32, else memory for a copy
/// that StoreOperand fills. Rows past `num_rows`, the padding that products read but no step
/// writes, are zero there from the start.
Operand AllocateOperandFor(Arena& arena, Precision precision, View values, Index num_rows);

/// Rounds `values` into `operand` (same shape). Does nothing where the operand is `values` itself.
void StoreOperand(ConstView values, const Operand& operand);

/// The values of `operand` as float32 (same shape). Does nothing where they are `values` itself.
void LoadOperand(const Operand& operand, View values);

/// rounded = `values` rounded to bfloat16, kept as float32; the same size, or the same memory.
void RoundToBFloat16(ConstView values, View rounded);

/// operand = 0.
void SetZero(const Operand& operand);

}  // namespace talmach
