// Matrix products. Two things multiply: oneDNN, which onednn.cc alone knows, where it has packed
// products that are fast, exact and treat every row alike (float32 with AVX-512, int8 with VNNI,
// bfloat16 with AVX512_BF16 or AMX), and our own panels elsewhere (panel_product.h).
//
// Weights W are stored [out, in], so a layer computes y = x Wᵀ + b, and its backward pass
// dx = dy W and dW = dyᵀ x. Shapes in comments: M rows (tokens), N outputs, K inputs.
//
// What these functions guard against in oneDNN 2.6.3: empty products (division by zero inside the
// library) are skipped; the K of bfloat16 and int8 products is padded with zeros (the AMX code
// gives wrong results or illegal instructions for some tails), which copies operands, so layer
// sizes should be multiples of 64; more than 128 rows are multiplied as a multiple of 64 rows and
// a rest, and int8 rows in blocks of 64, so that few primitives serve all numbers of rows.
//
// Without fast bfloat16 products, bfloat16 runs in float32: a product of two bfloat16 numbers is
// exact in float32, so the results mean the same, and float32 is 5 times as fast as an imitation.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kernels/operand.h"
#include "kernels/quantize.h"

namespace talmach {

/// Whether bfloat16 products are faster than float32 here (AVX512_BF16, AMX). Elsewhere they give
/// the same results at float32's speed.
bool BFloat16IsFast();

/// `wanted`, but float32 for bfloat16 where that is not faster: the same speed without rounding.
/// Then a warning that names `option` is logged.
Precision UsefulPrecision(Precision wanted, std::string_view option);

/// "oneDNN 2.6.3, avx512_core_vnni, AVX3": the library, what it may use, and what Highway's kernels
/// use; for logs and benchmark records.
std::string ProductLibraryText();

/// A weight matrix in the layout and precision its products want. Int8 is for frozen weights of
/// forward products, with float32 on both sides; see quantize.h. Packing is done once per update
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

  /// Takes over the values of `weight` [out, in]; `weight` may change afterwards. Float32 is packed
  /// too: on a Cascade Lake core that pays for itself from one product of 500 rows, or from two
  /// recurrent steps of 64 rows (see benchmarks/gemm_benchmark.cc).
  void Pack(ConstView weight);
  /// The same for a rounded weight (int8). Int8 takes at most onednn::kMaxInt8Inputs inputs.
  void Pack(const QuantizedView& weight);

  Index inputs() const;   // K
  Index outputs() const;  // N
  Precision precision() const;

 private:
  friend void MultiplyPacked(const Operand&, const PackedMatrix&, const float*, bool, View);
  struct State;
  std::unique_ptr<State> state_;
};

/// y [M, N] = x [M, K] · w + bias, or y += … when `accumulate`. `bias` [N] may be null. x is in the
/// precision of w, but float32 for int8 (see quantize.h); y is a dense matrix of x.rows() rows.
///
/// A row of y is a function of its row of x: its bits are the same whatever M is, in every
/// precision and on every processor. Int8 has the same bits on all processors.
void MultiplyPacked(const Operand& x, const PackedMatrix& w, const float* bias, bool accumulate,
                    View y);

/// A number of rows from `rows` to RoundUp(rows, 64). Steps whose number of rows changes all the
/// time multiply so many, so that few primitives serve them all: making one takes longer than a
/// product.
Index ProductRows(Index rows);

/// The gradient of a weight: d_weight [N, K] += d_y [M, N]ᵀ · x [M, K], both of one precision.
/// M should be a padded row count (see Arena::AllocateRows) whose padding rows are zero.
void AccumulateWeightGradient(const Operand& d_y, const Operand& x, View d_weight);

}  // namespace talmach
