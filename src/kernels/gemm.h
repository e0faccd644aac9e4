// Matrix products: the only part of the house that knows oneDNN, in both of its APIs (2.x, 3.x).
//
// Weights W are stored [out, in], so a layer computes y = x Wᵀ + b, and its backward pass
// dx = dy W and dW = dyᵀ x. Shapes in comments: M rows (tokens), N outputs, K inputs.
//
// What the wrapper guards against in oneDNN 2.6.3: empty products (division by zero inside the
// library) are skipped; the K of bfloat16 products is padded with zeros to a multiple of 32 (the
// AMX code gives wrong results or illegal instructions for some tails), which copies operands, so
// layer sizes should be multiples of 64; run-time dimensions (slow kernels) are never used: each
// thread makes a primitive for each shape once and keeps it.
#pragma once

#include <memory>
#include <string>

#include "kernels/operand.h"

namespace talmach {

/// Whether this processor has fast or at least correct bfloat16 products in oneDNN. When false,
/// callers fall back to float32 and say so.
bool BFloat16Supported();

/// "oneDNN 2.6.3, avx512_core_vnni": for logs and benchmark records.
std::string ProductLibraryText();

/// A weight matrix in the layout and precision its products want. Packing is done once per update
/// (training) or once per load (inference). Products with it are safe from several threads at
/// once; Pack is not safe while they run.
class PackedMatrix {
 public:
  /// Which product the matrix feeds: x Wᵀ (K = in, N = out) or dy W (K = out, N = in).
  enum class Side { kForward, kBackward };

  PackedMatrix();
  PackedMatrix(Side side, Precision precision);
  ~PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;

  /// Takes over the values of `weight` [out, in]. In float32 the matrix may keep pointing at
  /// `weight`, which must then stay alive and unchanged until the next Pack.
  void Pack(ConstView weight);

  Index inputs() const;   // K
  Index outputs() const;  // N
  Precision precision() const;

 private:
  friend void MultiplyPacked(const Operand&, const PackedMatrix&, const float*, bool, View);
  struct State;
  std::unique_ptr<State> state_;
};

/// y [M, N] = x [M, K] · w + bias, or y += … when `accumulate`. `bias` [N] may be null. x is in the
/// precision of w; y is a dense matrix of x.rows() rows.
void MultiplyPacked(const Operand& x, const PackedMatrix& w, const float* bias, bool accumulate,
                    View y);

/// The gradient of a weight: d_weight [N, K] += d_y [M, N]ᵀ · x [M, K], both of one precision.
/// M should be a padded row count (see Arena::AllocateRows) whose padding rows are zero.
void AccumulateWeightGradient(const Operand& d_y, const Operand& x, View d_weight);

/// c [M, N] = a [M, K] · b [N, K]ᵀ for float32 matrices that change with every call.
void MultiplyTransposed(ConstView a, ConstView b, View c);

}  // namespace talmach
