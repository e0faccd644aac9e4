// Vector arithmetic shared by the kernels: loads and stores with tails, exp, tanh, sigmoid.
//
// This file is compiled once for each instruction set (SSE4, AVX2, AVX-512, NEON, …) by Highway's
// foreach_target.h and chosen at run time, so one program runs everywhere. Include it after
// foreach_target.h in a .cc file, call its functions between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE, inside `namespace HWY_NAMESPACE`. Lambdas there need SIMD_LAMBDA.
//
// The functions return NaN for NaN, on every instruction set. Their coefficients were fitted for
// this file: iteratively reweighted least squares in 128-bit arithmetic, which converges to the
// minimax relative error, then a search among neighbouring floats for the smallest error of the
// float32 evaluation.

#if defined(TALMACH_KERNELS_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TALMACH_KERNELS_SIMD_INL_H_
#undef TALMACH_KERNELS_SIMD_INL_H_
#else
#define TALMACH_KERNELS_SIMD_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bfloat16.h"
#include "base/types.h"
#include "kernels/operand.h"

// The attribute of lambdas in vector code: compilers do not apply the target of the surrounding
// function to them, and inlining keeps captured vectors in registers.
#ifndef SIMD_LAMBDA
#define SIMD_LAMBDA HWY_ATTR __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The widest float vector of the target, and the integer vectors of as many lanes.
using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using Words = hn::RebindToUnsigned<Floats>;
using Halves = hn::Rebind<std::uint16_t, Floats>;
using Vec = hn::Vec<Floats>;

HWY_INLINE Index NumLanes() { return static_cast<Index>(hn::Lanes(Floats())); }
HWY_INLINE Vec Broadcast(float value) { return hn::Set(Floats(), value); }
HWY_INLINE Vec Zeros() { return hn::Zero(Floats()); }

// Pairs of 16-bit numbers are multiplied and added by one instruction from SSE4 on.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_SSE4
/// Each lane of the result is that of `sum` plus the products of both 16-bit numbers of a lane.
template <class Shorts>
HWY_INLINE hn::Vec<Ints> MultiplyAddPairs(Shorts a, Shorts b, hn::Vec<Ints> sum) {
  hn::Vec<Ints> unused = hn::Zero(Ints());
  hn::Vec<Ints> result = hn::ReorderWidenMulAccumulate(Ints(), a, b, sum, unused);
  // Of sums that a loop hands on and leaves behind, g++ 12 makes two copies, one in memory; what
  // has passed through here has one.
  asm("" : "+v"(result.raw));
  return result;
}
#endif

// ---------------------------------------------------------------- memory

/// How many lanes of a vector are in memory: all, or the first `count` at the end of a row.
struct Whole {};
struct Part {
  std::size_t count;
};

/// Calls body(i, lanes) for i = 0, NumLanes(), 2 NumLanes(), …: with Whole, then, if `size` is not
/// a multiple, once with Part. Body is a generic lambda, so the whole vectors pay nothing for
/// tails.
template <class Body>
HWY_INLINE void ForEachVector(Index size, const Body& body, Index begin = 0) {
  const Index step = NumLanes();
  Index i = begin;
  for (; i + step <= size; i += step) body(i, Whole{});
  if (i < size) body(i, Part{static_cast<std::size_t>(size - i)});
}

/// Calls body(i) for i = 0, 4 NumLanes(), … while four whole vectors are left, and returns where
/// the rest begins: for loops whose long chains of dependent operations should overlap.
template <class Body>
HWY_INLINE Index ForEachFourVectors(Index size, const Body& body) {
  const Index step = 4 * NumLanes();
  Index i = 0;
  for (; i + step <= size; i += step) body(i);
  return i;
}

HWY_INLINE Vec Load(const float* from, Whole) { return hn::LoadU(Floats(), from); }

/// Lanes past the part become `fill`.
HWY_INLINE Vec Load(const float* from, Part part, float fill = 0.0f) {
  HWY_ALIGN float buffer[hn::MaxLanes(Floats())];
  hn::Store(Broadcast(fill), Floats(), buffer);
  for (std::size_t i = 0; i < part.count; ++i) buffer[i] = from[i];
  return hn::Load(Floats(), buffer);
}

HWY_INLINE Vec Load(const float* from, Whole lanes, float) { return Load(from, lanes); }

HWY_INLINE void Store(Vec value, float* to, Whole) { hn::StoreU(value, Floats(), to); }

HWY_INLINE void Store(Vec value, float* to, Part part) {
  HWY_ALIGN float buffer[hn::MaxLanes(Floats())];
  hn::Store(value, Floats(), buffer);
  for (std::size_t i = 0; i < part.count; ++i) to[i] = buffer[i];
}

/// Float32 to the nearest bfloat16, ties to even: adds just under half a unit of the last kept bit,
/// and the missing bit if that one is odd. The addition would carry NaN into infinity, so NaN is
/// cut off and made quiet instead.
HWY_INLINE hn::Vec<Halves> RoundToBFloat16(Vec value) {
  const Words words;
  const auto bits = hn::BitCast(words, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1u));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(words, 0x7fffu)));
  const auto quiet = hn::Or(bits, hn::Set(words, 0x400000u));
  const auto is_number = hn::RebindMask(words, hn::Eq(value, value));
  const auto chosen = hn::IfThenElse(is_number, rounded, quiet);
  return hn::DemoteTo(Halves(), hn::BitCast(Ints(), hn::ShiftRight<16>(chosen)));
}

HWY_INLINE Vec FromBFloat16(hn::Vec<Halves> value) {
  return hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::PromoteTo(Words(), value)));
}

HWY_INLINE const std::uint16_t* Bits(const BFloat16* values) { return &values->bits; }
HWY_INLINE std::uint16_t* Bits(BFloat16* values) { return &values->bits; }

HWY_INLINE Vec Load(const BFloat16* from, Whole) {
  return FromBFloat16(hn::LoadU(Halves(), Bits(from)));
}

HWY_INLINE Vec Load(const BFloat16* from, Part part) {
  HWY_ALIGN std::uint16_t buffer[hn::MaxLanes(Floats())] = {};
  for (std::size_t i = 0; i < part.count; ++i) buffer[i] = from[i].bits;
  return FromBFloat16(hn::Load(Halves(), buffer));
}

HWY_INLINE void Store(Vec value, BFloat16* to, Whole) {
  hn::StoreU(RoundToBFloat16(value), Halves(), Bits(to));
}

HWY_INLINE void Store(Vec value, BFloat16* to, Part part) {
  HWY_ALIGN std::uint16_t buffer[hn::MaxLanes(Floats())];
  hn::Store(RoundToBFloat16(value), Halves(), buffer);
  for (std::size_t i = 0; i < part.count; ++i) to[i].bits = buffer[i];
}

/// One row of an operand to write to, in its precision; nothing is written if it is empty.
struct RowWriter {
  float* float32 = nullptr;
  BFloat16* bfloat16 = nullptr;

  RowWriter() = default;
  RowWriter(const Operand& operand, Index row)
      : float32(operand.float32() == nullptr ? nullptr : operand.float32() + row * operand.cols()),
        bfloat16(operand.bfloat16() == nullptr ? nullptr
                                               : operand.bfloat16() + row * operand.cols()) {}

  template <class Lanes>
  HWY_INLINE void Write(Vec value, Index column, Lanes lanes) const {
    if (float32 != nullptr) Store(value, float32 + column, lanes);
    if (bfloat16 != nullptr) Store(value, bfloat16 + column, lanes);
  }
};

// ---------------------------------------------------------------- reductions

HWY_INLINE float SumOfLanes(Vec value) { return hn::GetLane(hn::SumOfLanes(Floats(), value)); }
HWY_INLINE float MaxOfLanes(Vec value) { return hn::GetLane(hn::MaxOfLanes(Floats(), value)); }

// ---------------------------------------------------------------- functions

/// min(max(x, low), high), but NaN for NaN. x86's minimum and maximum return their second operand
/// if one is NaN; those that Highway uses on ARM, and others, return the number.
HWY_INLINE Vec ClampKeepingNaN(Vec x, float low, float high) {
  const Vec clamped = hn::Min(Broadcast(high), hn::Max(Broadcast(low), x));
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return clamped;
#else
  return hn::IfThenElse(hn::Eq(x, x), clamped, x);
#endif
}

/// tanh x = x P(x²) / Q(x²), both of degree 4 in x², with relative error 4e-9 in exact arithmetic.
/// Maximum absolute error 3e-7, with and without fused multiply-add; |result| ≤ 1; relative error
/// 3e-7 too, so tiny arguments come back as they are. Past ±7.9 tanh is ±1 to within 2.8e-7.
///
/// The chain of dependent operations is long: four independent calls, whose results are stored only
/// after the last, take 0.7 of the time of four calls one after another.
HWY_INLINE Vec Tanh(Vec x) {
  const Vec y = ClampKeepingNaN(x, -7.9f, 7.9f);
  const Vec u = hn::Mul(y, y);
  Vec p = hn::MulAdd(Broadcast(1.54281672e-8f), u, Broadcast(2.20233742e-5f));
  Vec q = hn::MulAdd(Broadcast(8.59885461e-7f), u, Broadcast(3.42366286e-4f));
  p = hn::MulAdd(p, u, Broadcast(3.57899955e-3f));
  q = hn::MulAdd(q, u, Broadcast(2.61922684e-2f));
  p = hn::MulAdd(p, u, Broadcast(0.13450627f));
  q = hn::MulAdd(q, u, Broadcast(0.467839509f));
  p = hn::MulAdd(p, u, Broadcast(1.0f));
  q = hn::MulAdd(q, u, Broadcast(1.0f));
  return hn::Div(hn::Mul(y, p), q);
}

/// σ(x) = (1 + tanh(x / 2)) / 2. Maximum absolute error 2e-7; 0 ≤ result ≤ 1.
HWY_INLINE Vec Sigmoid(Vec x) {
  const Vec half = Broadcast(0.5f);
  return hn::MulAdd(half, Tanh(hn::Mul(half, x)), half);
}

/// exp x with relative error 2e-7 for x in [−87, 88]; 0 below −87.7, infinity above 88.4.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2; ln 2 has two parts, so that n ln 2 is exact enough. Adding
/// 1.5 · 2²³ rounds x / ln 2 to the integer n and leaves it in the lowest bits, from where a shift
/// brings it into the exponent of 2ⁿ. At the ends of the clamped range 2ⁿ becomes 0 (n = −127) and
/// infinity (n = 128) by itself. exp r is a polynomial of degree 5, relative error 9e-8.
HWY_INLINE Vec Exp(Vec x) {
  const Vec y = ClampKeepingNaN(x, -88.0f, 89.0f);
  const Vec round = Broadcast(12582912.0f);
  const Vec shifted = hn::MulAdd(y, Broadcast(1.44269504f), round);
  const Vec n = hn::Sub(shifted, round);
  Vec r = hn::NegMulAdd(n, Broadcast(0.693359375f), y);
  r = hn::NegMulAdd(n, Broadcast(-2.12194440e-4f), r);
  Vec s = hn::MulAdd(Broadcast(8.29014409e-3f), r, Broadcast(4.18988513e-2f));
  s = hn::MulAdd(s, r, Broadcast(0.166676439f));
  s = hn::MulAdd(s, r, Broadcast(0.499991428f));
  s = hn::MulAdd(s, r, Broadcast(0.999999704f));
  s = hn::MulAdd(s, r, Broadcast(1.0f));
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(Ints(), shifted));
  const auto one = hn::BitCast(Ints(), Broadcast(1.0f));
  return hn::Mul(s, hn::BitCast(Floats(), hn::Add(exponent, one)));
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#endif  // the include guard, which is set anew for each target
