// Masks without memory. Philox (base/random.h) turns (key, counter) into 128 random bits, so a mask
// is computed where it is needed, forward and again backward, by any thread for any part of it.
//
// A block of Philox holds four 32-bit words, each of which decides two elements with 16 bits.
// Vectors hold a block per 64-bit lane, since its rounds multiply 32-bit numbers to 64 bits: even
// blocks in one set of registers, odd ones in another, merged at the end so that lane i holds block
// i. The element order in dropout.h is the one in which that merge writes whole vectors: 16 blocks
// make 128 elements, whatever the width of the vectors. That is why at most 16 lanes are used even
// where there are more.
//
// An element is dropped if its 16 bits are below round(65536 · rate); the kept ones are scaled by 1
// / (1 − rate), so that the expectation stays what it was.
#include "kernels/dropout.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

// The arrangement of random numbers that dropout.h describes.
#ifndef TALMACH_KERNELS_DROPOUT_ONCE
#define TALMACH_KERNELS_DROPOUT_ONCE
namespace talmach {
namespace {

constexpr Index kGroupBlocks = 16;                  // Philox blocks of a group
constexpr Index kGroupElements = 8 * kGroupBlocks;  // two halves of four words of each block

// A mask in numbers: dropped below the threshold, else `kept`.
struct MaskValues {
  explicit MaskValues(float rate)
      : threshold(static_cast<std::int32_t>(std::lround(rate * 65536.0f))),
        kept(1.0f / (1.0f - rate)) {}
  std::int32_t threshold;
  float kept;
};

}  // namespace
}  // namespace talmach
#endif

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

// At most 16 lanes: a group must be a whole number of vectors.
using MaskFloats = hn::CappedTag<float, 16>;
using MaskWords = hn::RebindToUnsigned<MaskFloats>;
using MaskInts = hn::RebindToSigned<MaskFloats>;
using Blocks = hn::Repartition<std::uint64_t, MaskWords>;
using BlockVec = hn::Vec<Blocks>;

// Four words of a Philox block per 64-bit lane, in the lower halves; the upper ones are garbage.
struct PhiloxState {
  BlockVec word[4];
};

HWY_INLINE BlockVec MultiplyLowerHalves(BlockVec x, std::uint32_t factor) {
  const MaskWords words;
  return hn::MulEven(hn::BitCast(words, x), hn::Set(words, factor));
}

// Philox4x32-10, as in base/random.h, for one block per 64-bit lane.
HWY_INLINE PhiloxState Philox(std::uint64_t key, std::uint64_t counter_high, BlockVec counter_low) {
  const Blocks d;
  BlockVec x0 = counter_low;
  BlockVec x1 = hn::Set(d, counter_high);
  BlockVec x2 = hn::Zero(d);
  BlockVec x3 = hn::Zero(d);
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const BlockVec product0 = MultiplyLowerHalves(x0, kPhiloxMultiplier0);
    const BlockVec product1 = MultiplyLowerHalves(x2, kPhiloxMultiplier1);
    x0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), x1), hn::Set(d, key0));
    x1 = product1;
    x2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), x3), hn::Set(d, key1));
    x3 = product0;
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return {{x0, x1, x2, x3}};
}

// The masks of one group of kGroupElements elements.
void MaskGroup(std::uint64_t key, Index group, const MaskValues& values, float* mask) {
  const Blocks blocks;
  const MaskWords words;
  const MaskInts ints;
  const MaskFloats floats;
  const auto num_lanes = static_cast<Index>(hn::Lanes(words));
  const auto threshold = hn::Set(ints, values.threshold);
  const auto kept = hn::Set(floats, values.kept);
  const auto store = [&](hn::Vec<MaskWords> number, float* to) SIMD_LAMBDA {
    const auto dropped = hn::Lt(hn::BitCast(ints, number), threshold);
    hn::StoreU(hn::IfThenZeroElse(hn::RebindMask(floats, dropped), kept), floats, to);
  };
  const std::uint64_t counter = static_cast<std::uint64_t>(group) * kGroupBlocks;
  for (Index lane = 0; lane < kGroupBlocks; lane += num_lanes) {
    // 64-bit lane j of `even` computes block 2j, of `odd` block 2j + 1.
    const BlockVec pairs = hn::Iota(blocks, std::uint64_t{0});
    const BlockVec first =
        hn::Set(blocks, (counter & 0xffffffffu) + static_cast<std::uint64_t>(lane));
    const BlockVec low = hn::Add(first, hn::Add(pairs, pairs));
    const PhiloxState even = Philox(key, counter >> 32, low);
    const PhiloxState odd =
        Philox(key, counter >> 32, hn::Add(low, hn::Set(blocks, std::uint64_t{1})));
    for (int word = 0; word < 4; ++word) {
      const auto bits = hn::OddEven(hn::BitCast(words, hn::ShiftLeft<32>(odd.word[word])),
                                    hn::BitCast(words, even.word[word]));
      float* to = mask + word * kGroupBlocks + lane;
      store(hn::And(bits, hn::Set(words, 0xffffu)), to);
      store(hn::ShiftRight<16>(bits), to + kGroupElements / 2);
    }
  }
}

// The masks of elements [begin, begin + size), begin a multiple of kGroupElements.
void FillMask(std::uint64_t key, const MaskValues& values, Index begin, Index size, float* mask) {
  for (Index done = 0; done < size; done += kGroupElements) {
    const Index group = (begin + done) / kGroupElements;
    const Index count = std::min(kGroupElements, size - done);
    if (count == kGroupElements) {
      MaskGroup(key, group, values, mask + done);
    } else {
      float part[kGroupElements];
      MaskGroup(key, group, values, part);
      std::copy_n(part, count, mask + done);
    }
  }
}

template <class Number>
HWY_INLINE void ApplyMask(std::uint64_t key, const MaskValues& values, Index begin, Index size,
                          const float* x, Number* out) {
  float mask[kGroupElements];
  for (Index done = 0; done < size; done += kGroupElements) {
    MaskGroup(key, (begin + done) / kGroupElements, values, mask);
    ForEachVector(std::min(kGroupElements, size - done), [&](Index i, auto lanes) SIMD_LAMBDA {
      Store(hn::Mul(Load(x + done + i, lanes), Load(mask + i, lanes)), out + done + i, lanes);
    });
  }
}

void ApplyMaskFloat32(std::uint64_t key, const MaskValues& values, Index begin, Index size,
                      const float* x, float* out) {
  ApplyMask(key, values, begin, size, x, out);
}

void ApplyMaskBFloat16(std::uint64_t key, const MaskValues& values, Index begin, Index size,
                       const float* x, BFloat16* out) {
  ApplyMask(key, values, begin, size, x, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(FillMask);
HWY_EXPORT(ApplyMaskFloat32);
HWY_EXPORT(ApplyMaskBFloat16);

constexpr Index kGrainGroups = 64;  // groups a thread should at least have

// Calls body(begin, size) for parts of [0, size) that begin with a group.
template <class Body>
void ForEachPart(Index size, const Body& body) {
  const Index num_groups = RoundUp(size, kGroupElements) / kGroupElements;
  ParallelFor(num_groups, kGrainGroups, [&](Index begin, Index end, int) {
    body(begin * kGroupElements, std::min(end * kGroupElements, size) - begin * kGroupElements);
  });
}

void RequireRate(float rate) {
  Require(rate >= 0.0f && rate < 1.0f, "dropout rates are in [0, 1)");
}

}  // namespace

void FillDropoutMask(const Dropout& dropout, View mask) {
  RequireRate(dropout.rate);
  const MaskValues values(dropout.rate);
  ForEachPart(mask.size(), [&](Index begin, Index size) {
    HWY_DYNAMIC_DISPATCH(FillMask)(dropout.key, values, begin, size, mask.data() + begin);
  });
}

void ApplyDropout(const Dropout& dropout, ConstView x, const Operand& out) {
  RequireRate(dropout.rate);
  if (!dropout.active()) return StoreOperand(x, out);
  if (out.empty()) return;
  Require(x.rows() == out.rows() && x.cols() == out.cols(), "dropout keeps the shape");
  const MaskValues values(dropout.rate);
  ForEachPart(x.size(), [&](Index begin, Index size) {
    const float* from = x.data() + begin;
    if (out.precision() == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(ApplyMaskFloat32)
      (dropout.key, values, begin, size, from, out.float32() + begin);
    } else {
      HWY_DYNAMIC_DISPATCH(ApplyMaskBFloat16)
      (dropout.key, values, begin, size, from, out.bfloat16() + begin);
    }
  });
}

void DropTokens(const Dropout& dropout, TokenId replacement, std::span<TokenId> tokens) {
  RequireRate(dropout.rate);
  if (!dropout.active()) return;
  const MaskValues values(dropout.rate);
  float mask[kGroupElements];
  for (Index done = 0; done < std::ssize(tokens); done += kGroupElements) {
    const Index count = std::min(kGroupElements, std::ssize(tokens) - done);
    HWY_DYNAMIC_DISPATCH(FillMask)(dropout.key, values, done, count, mask);
    for (Index i = 0; i < count; ++i) {
      if (mask[i] == 0.0f) tokens[done + i] = replacement;
    }
  }
}

}  // namespace talmach
#endif  // HWY_ONCE
