// Functions whose operands are all read once and written once; memory limits them, so there is
// nothing to gain beyond one pass. Gradients of tanh and maxout are written in the format that the
// next product reads, which saves a pass of conversion.
#include "kernels/elementwise.h"

#include <algorithm>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

void TanhRange(const float* x, Index size, float* y) {
  ForEachVector(size, [&](Index i, auto lanes)
                          SIMD_LAMBDA { Store(Tanh(Load(x + i, lanes)), y + i, lanes); });
}

template <class Number>
void TanhBackwardRange(const float* d_y, const float* y, Index size, Number* d_x) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec value = Load(y + i, lanes);
    const Vec slope = hn::NegMulAdd(value, value, Broadcast(1.0f));
    Store(hn::Mul(Load(d_y + i, lanes), slope), d_x + i, lanes);
  });
}

void TanhBackwardFloat32(const float* d_y, const float* y, Index size, float* d_x) {
  TanhBackwardRange(d_y, y, size, d_x);
}

void TanhBackwardBFloat16(const float* d_y, const float* y, Index size, BFloat16* d_x) {
  TanhBackwardRange(d_y, y, size, d_x);
}

void AddRange(const float* x, Index size, float* y) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Store(hn::Add(Load(y + i, lanes), Load(x + i, lanes)), y + i, lanes);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(TanhRange);
HWY_EXPORT(TanhBackwardFloat32);
HWY_EXPORT(TanhBackwardBFloat16);
HWY_EXPORT(AddRange);

constexpr Index kGrain = 1 << 13;  // elements a thread should at least have

// Left to the compiler's vectoriser: maxout is used once per target token at most.
template <class Number>
void MaxoutBackwardRange(const float* d_y, const float* x, Index size, Number* d_x) {
  for (Index i = 0; i < size; ++i) {
    const bool first = x[2 * i] >= x[2 * i + 1];
    d_x[2 * i] = Number(first ? d_y[i] : 0.0f);
    d_x[2 * i + 1] = Number(first ? 0.0f : d_y[i]);
  }
}

}  // namespace

void Tanh(ConstView x, View y) {
  Require(x.size() == y.size(), "a function of a matrix has its size");
  ParallelFor(x.size(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(TanhRange)(x.data() + begin, end - begin, y.data() + begin);
  });
}

void TanhBackward(ConstView d_y, ConstView y, const Operand& d_x) {
  if (d_x.empty()) return;
  Require(d_y.size() == y.size() && d_x.rows() * d_x.cols() == y.size(),
          "a gradient has the size of its value");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    const float* from = d_y.data() + begin;
    const float* value = y.data() + begin;
    if (d_x.precision() == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(TanhBackwardFloat32)(from, value, end - begin, d_x.float32() + begin);
    } else {
      HWY_DYNAMIC_DISPATCH(TanhBackwardBFloat16)(from, value, end - begin, d_x.bfloat16() + begin);
    }
  });
}

void Maxout(ConstView x, View y) {
  Require(x.rows() == y.rows() && x.cols() == 2 * y.cols(), "maxout halves the columns");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] = std::max(x[2 * i], x[2 * i + 1]);
  });
}

void MaxoutBackward(ConstView d_y, ConstView x, const Operand& d_x) {
  if (d_x.empty()) return;
  Require(x.rows() == d_y.rows() && x.cols() == 2 * d_y.cols() && d_x.rows() == x.rows() &&
              d_x.cols() == x.cols(),
          "maxout halves the columns");
  ParallelFor(d_y.size(), kGrain, [&](Index begin, Index end, int) {
    const float* from = d_y.data() + begin;
    const float* pairs = x.data() + 2 * begin;
    if (d_x.precision() == Precision::kFloat32) {
      MaxoutBackwardRange(from, pairs, end - begin, d_x.float32() + 2 * begin);
    } else {
      MaxoutBackwardRange(from, pairs, end - begin, d_x.bfloat16() + 2 * begin);
    }
  });
}

void Add(ConstView x, View y) {
  Require(x.size() == y.size(), "both summands have one size");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(AddRange)(x.data() + begin, end - begin, y.data() + begin);
  });
}

void AddMasked(ConstView x, ConstView mask, View y) {
  Require(x.size() == y.size() && (mask.empty() || mask.size() == x.size()),
          "summands and mask have one size");
  if (mask.empty()) return Add(x, y);
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] += x[i] * mask[i];
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
