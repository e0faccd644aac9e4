// The rounding behind int8 products, and why it must be exact. x · w ≈ s_x s_w Σ (a − 128) b with
// integers a, b: the sum is exact in 32 bits, so only three roundings remain (of a, of b, of the
// result), and all three are done the same way on every processor. That takes some care:
//
// - The largest magnitude of a row is found in integers, because the bits of floats without their
//   sign are ordered as the floats are; a NaN is larger than infinity and so is never missed.
// - NearestInt rounds ties to even everywhere.
// - The result scale · product + bias is rounded once, as by a fused multiply-add. Processors
//   without one compute it in double precision, rounding to odd (FusedMultiplyAdd).
//
// Rows scale on their own, so a row's result does not depend on its neighbours. Rows with NaN or
// infinity get the scale NaN, which makes their whole result NaN: divergence stays visible.
#include "kernels/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/quantize.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

using Bytes = hn::Rebind<std::uint8_t, Floats>;

HWY_INLINE void StoreBytes(hn::Vec<Bytes> value, std::uint8_t* to, Whole) {
  hn::StoreU(value, Bytes(), to);
}

HWY_INLINE void StoreBytes(hn::Vec<Bytes> value, std::uint8_t* to, Part part) {
  HWY_ALIGN std::uint8_t buffer[hn::MaxLanes(Floats())];
  hn::StoreU(value, Bytes(), buffer);
  std::copy_n(buffer, part.count, to);
}

// NaN if the row holds one: without their sign, the bits of floats are integers in the same order,
// NaN above infinity.
float MaxMagnitude(const float* row, Index size) {
  const Ints ints;
  const auto without_sign = hn::Set(ints, 0x7fffffff);
  auto most = hn::Zero(ints);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    most = hn::Max(most, hn::And(hn::BitCast(ints, Load(row + i, lanes)), without_sign));
  });
  return hn::GetLane(hn::BitCast(Floats(), hn::MaxOfLanes(ints, most)));
}

// values = round(row · factor) + offset, kept within [0, 255].
void RoundRow(const float* row, Index size, float factor, int offset, std::uint8_t* values) {
  const auto shift = hn::Set(Ints(), offset);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec scaled = hn::Mul(Load(row + i, lanes), Broadcast(factor));
    StoreBytes(hn::DemoteTo(Bytes(), hn::Add(hn::NearestInt(scaled), shift)), values + i, lanes);
  });
}

HWY_INLINE hn::Vec<Ints> LoadInts(const std::int32_t* from, Whole) {
  return hn::LoadU(Ints(), from);
}

HWY_INLINE hn::Vec<Ints> LoadInts(const std::int32_t* from, Part part) {
  HWY_ALIGN std::int32_t buffer[hn::MaxLanes(Floats())] = {};
  std::copy_n(from, part.count, buffer);
  return hn::Load(Ints(), buffer);
}

#if !HWY_NATIVE_FMA
// a · b + c rounded once, as on processors with fused multiply-add: int8 products have the same
// bits on all. The product of two floats is exact in double; a sum that double cannot hold is moved
// to the neighbour with an odd last bit ("round to odd", Boldo and Melquiond 2008), after which
// rounding to float is right.
HWY_INLINE float FusedMultiplyAdd(float a, float b, float c) {
  const double product = double{a} * b;
  double sum = product + c;
  const double added = sum - product;
  const double error = (product - (sum - added)) + (c - added);
  if (error > 0.0 || error < 0.0) {
    auto bits = std::bit_cast<std::int64_t>(sum);
    if (bits % 2 == 0) bits += (error > 0.0) == (sum > 0.0) ? 1 : -1;
    sum = std::bit_cast<double>(bits);
  }
  return static_cast<float>(sum);
}
#endif

HWY_INLINE Vec MultiplyAddOnce(Vec a, Vec b, Vec c) {
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  constexpr std::size_t kLanes = hn::MaxLanes(Floats());
  HWY_ALIGN float values[3][kLanes];
  hn::Store(a, Floats(), values[0]);
  hn::Store(b, Floats(), values[1]);
  hn::Store(c, Floats(), values[2]);
  for (std::size_t i = 0; i < kLanes; ++i) {
    values[0][i] = FusedMultiplyAdd(values[0][i], values[1][i], values[2][i]);
  }
  return hn::Load(Floats(), values[0]);
#endif
}

void DequantizeRow(const DequantizeCall& call, Index row) {
  const Index size = call.y.cols();
  const std::int32_t* products = call.products + row * size;
  const float* column_scales = call.column_scales;
  const std::int32_t* sums = call.sums;
  const float* bias = call.bias;
  const bool accumulate = call.accumulate;
  float* y = call.y.row(row);
  const Vec scale = Broadcast(call.row_scales[row]);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const auto product = hn::Sub(LoadInts(products + i, lanes), LoadInts(sums + i, lanes));
    Vec start = bias == nullptr ? Zeros() : Load(bias + i, lanes);
    if (accumulate) start = hn::Add(start, Load(y + i, lanes));
    const Vec factor = hn::Mul(scale, Load(column_scales + i, lanes));
    Store(MultiplyAddOnce(hn::ConvertTo(Floats(), product), factor, start), y + i, lanes);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(MaxMagnitude);
HWY_EXPORT(RoundRow);
HWY_EXPORT(DequantizeRow);

constexpr Index kGrain = 1 << 13;       // elements a thread should at least have
constexpr float kSmallestMax = 1e-30f;  // rows below have no representable inverse scale
constexpr int kWeightLimit = 127;

// Rounds a row to [offset − limit, offset + limit] and returns its scale.
float QuantizeRow(const float* row, Index size, int limit, int offset, std::uint8_t* values) {
  const float most = HWY_DYNAMIC_DISPATCH(MaxMagnitude)(row, size);
  if (!std::isfinite(most)) {
    std::fill_n(values, size, static_cast<std::uint8_t>(offset));
    return std::numeric_limits<float>::quiet_NaN();
  }
  const float factor = most < kSmallestMax ? 0.0f : static_cast<float>(limit) / most;
  HWY_DYNAMIC_DISPATCH(RoundRow)(row, size, factor, offset, values);
  return most / static_cast<float>(limit);
}

}  // namespace

void QuantizeWeights(ConstView weight, TensorView<std::int8_t> values, std::span<float> scales) {
  Require(SameShape(weight, values) && std::ssize(scales) == weight.rows(),
          "rounding keeps the shape, and each row has a scale");
  const Index size = weight.cols();
  constexpr int kOffset = kWeightLimit + 1;  // rows are rounded to unsigned bytes
  const auto remove_offset = [](std::uint8_t value) {
    return static_cast<std::int8_t>(static_cast<int>(value) - kOffset);
  };
  ParallelFor(
      weight.rows(), kGrain / std::max<Index>(size, 1) + 1, [&](Index begin, Index end, int) {
        std::vector<std::uint8_t> shifted(static_cast<std::size_t>(size));
        for (Index r = begin; r < end; ++r) {
          scales[r] = QuantizeRow(weight.row(r), size, kWeightLimit, kOffset, shifted.data());
          std::ranges::transform(shifted, values.row(r), remove_offset);
        }
      });
}

void QuantizeActivations(ConstView x, Index padded_cols, int limit, std::uint8_t* values,
                         float* scales) {
  const Index size = x.cols();
  const int offset = limit + 1;
  ParallelFor(x.rows(), kGrain / std::max<Index>(size, 1) + 1, [&](Index begin, Index end, int) {
    for (Index r = begin; r < end; ++r) {
      std::uint8_t* row = values + r * padded_cols;
      scales[r] = QuantizeRow(x.row(r), size, limit, offset, row);
      std::fill(row + size, row + padded_cols, static_cast<std::uint8_t>(offset));
    }
  });
}

void DequantizeProducts(const DequantizeCall& call) {
  const Index size = call.y.cols();
  ParallelFor(call.y.rows(), kGrain / std::max<Index>(size, 1) + 1,
              [&](Index begin, Index end, int) {
                for (Index r = begin; r < end; ++r) HWY_DYNAMIC_DISPATCH(DequantizeRow)(call, r);
              });
}

}  // namespace talmach
#endif  // HWY_ONCE
