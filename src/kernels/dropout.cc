#include "kernels/dropout.h"

#include <cmath>

#include "base/random.h"
#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kGrain = 1 << 13;  // elements a thread should at least have

// The random 16-bit number of element i, see dropout.h.
std::uint32_t Fraction(std::uint64_t key, Index i) {
  const auto bits = Philox4x32(key, static_cast<std::uint64_t>(i / 128 * 16 + i % 16));
  return bits[i % 64 / 16] >> (i % 128 / 64 * 16) & 0xffffu;
}

std::uint32_t Threshold(float rate) {
  return static_cast<std::uint32_t>(std::lround(rate * 65536.0f));
}

}  // namespace

void FillDropoutMask(const Dropout& dropout, View mask) {
  const std::uint32_t threshold = Threshold(dropout.rate);
  const float kept = 1.0f / (1.0f - dropout.rate);
  ParallelFor(mask.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      mask[i] = Fraction(dropout.key, i) < threshold ? 0.0f : kept;
    }
  });
}

void ApplyDropout(const Dropout& dropout, ConstView x, const Operand& out) {
  Require(x.rows() == out.rows() && x.cols() == out.cols(), "dropout keeps the shape");
  if (!dropout.active()) return StoreOperand(x, out);
  const std::uint32_t threshold = Threshold(dropout.rate);
  const float kept = 1.0f / (1.0f - dropout.rate);
  ParallelFor(x.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      const float value = Fraction(dropout.key, i) < threshold ? 0.0f : x[i] * kept;
      if (out.precision() == Precision::kFloat32) {
        out.float32()[i] = value;
      } else {
        out.bfloat16()[i] = BFloat16(value);
      }
    }
  });
}

void DropTokens(const Dropout& dropout, TokenId replacement, std::span<TokenId> tokens) {
  const std::uint32_t threshold = Threshold(dropout.rate);
  for (Index i = 0; i < std::ssize(tokens); ++i) {
    if (Fraction(dropout.key, i) < threshold) tokens[i] = replacement;
  }
}

}  // namespace talmach
