// The interface to oneDNN: matrix products of fixed shape behind plain pointers. onednn.cc is the
// only file that includes the library, and knows both of its interfaces (2.x, 3.x).
//
// A product needs a primitive of the library: machine code made for exactly one shape and number
// of threads (0.3 ms, 40 KB). Each thread keeps those it has used, so nothing is locked and the
// scratch memory of a running product belongs to its thread. Shapes known only at run time would
// need no cache, but are several times slower in oneDNN 2.6.
//
// The library throws dnnl::error, a std::exception, when it cannot do what it is asked.
#pragma once

#include <memory>
#include <string>

#include "base/types.h"
#include "kernels/precision.h"

namespace talmach::onednn {

/// How a matrix lies in memory: row by row, column by column, or as the library prefers.
enum class Layout { kRows, kColumns, kPacked };

/// c [m, n] = a [m, k] · b [k, n] (+ bias [n]), or c += … when `accumulate`. m, n, k > 0.
/// a and b are float32 or BFloat16 as `precision` says, c and the bias float32; for kInt8, a is
/// uint8, b int8, c int32, and there is no bias. c lies row by row.
struct ProductShape {
  Index m = 0;
  Index n = 0;
  Index k = 0;
  Precision precision = Precision::kFloat32;
  Layout a = Layout::kRows;
  Layout b = Layout::kRows;
  bool bias = false;
  bool accumulate = false;

  bool operator==(const ProductShape&) const = default;
};

/// Where a product reads and writes, in the layouts of its shape.
struct ProductMemory {
  const void* a = nullptr;
  const void* b = nullptr;      // null where it is packed
  const float* bias = nullptr;  // null or [n], as the shape says
  void* c = nullptr;
};

/// The factor b of many products, rearranged for them. Usable by several threads at once.
class PackedFactor {
 public:
  PackedFactor();
  ~PackedFactor();
  PackedFactor(PackedFactor&&) noexcept;
  PackedFactor& operator=(PackedFactor&&) noexcept;

  /// Takes over the k · n values of a matrix [k, n] of `layout` kRows or kColumns.
  void Pack(Precision precision, Index k, Index n, Layout layout, const void* values);

 private:
  friend void RunProduct(const ProductShape&, const PackedFactor&, const ProductMemory&);
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs the product with the threads of this thread (see parallel.h).
void RunProduct(const ProductShape& shape, const ProductMemory& memory);
void RunProduct(const ProductShape& shape, const PackedFactor& b, const ProductMemory& memory);

/// Whether the library has kernels for bfloat16 products that use this processor's own instructions
/// for them (AVX512_BF16, AMX) instead of imitating them.
bool HasFastBFloat16();

/// Whether the library has float32 products of packed factors on this processor that are fast and
/// treat every row alike (AVX-512).
bool HasFastFloat32();

/// Whether the library has fast int8 products that are exact on this processor (VNNI, AMX). Others
/// add pairs of products in 16 bits, which overflow.
bool HasExactInt8();

/// Instructions for products that the library may use here.
struct Instructions {
  bool avx512_vnni = false;
  bool avx512_bf16 = false;
  bool amx = false;
};
Instructions AllowedInstructions();

/// The largest k whose int8 products cannot leave 32 bits on their way: 255 · 128 · k < 2³¹.
inline constexpr Index kMaxInt8Inputs = 65793;

/// Products of fewer rows than this go to other kernels of the library, which are slow (int8) or
/// add in another order (bfloat16 with AMX), so that a row would depend on its neighbours.
Index MinRows(Precision precision);

/// "oneDNN 2.6.3, avx512_core_vnni".
std::string LibraryText();

}  // namespace talmach::onednn
