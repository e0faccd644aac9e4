// Three pieces, each to numpy's bit. SeedSequence: the seed's words are hashed into a pool of four,
// every word of the pool is mixed into every other, and eight words drawn from the pool start the
// generator. PCG64: a linear congruential generator of 128 bits, of which each step's high and low
// halves are joined by exclusive or and rotated by the topmost six bits. Below: Lemire's method
// multiplies a 32-bit number by the bound and takes the upper half, rejecting the few lower halves
// that would favour some results.
#include "evaluation/numpy_generator.h"

#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "base/error.h"

namespace talmach {
namespace {

constexpr int kPoolSize = 4;
using Words = std::array<std::uint32_t, kPoolSize>;

std::uint32_t XorShift(std::uint32_t value) { return value ^ (value >> 16); }

// Hashes word after word; every call uses other constants.
class Hash {
 public:
  Hash(std::uint32_t start, std::uint32_t multiplier) : constant_(start), multiplier_(multiplier) {}
  std::uint32_t operator()(std::uint32_t value) {
    value ^= std::exchange(constant_, constant_ * multiplier_);
    return XorShift(value * constant_);
  }

 private:
  std::uint32_t constant_;
  std::uint32_t multiplier_;
};

Words MixSeed(std::uint64_t seed) {
  Hash hash(0x43B0D7E5u, 0x931E8875u);
  Words pool = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (std::uint32_t& word : pool) word = hash(word);
  for (int source = 0; source < kPoolSize; ++source) {
    for (int target = 0; target < kPoolSize; ++target) {
      if (source == target) continue;
      pool[target] = XorShift(0xCA01F9DDu * pool[target] - 0x4973F715u * hash(pool[source]));
    }
  }
  return pool;
}

// The first four words of 64 bits that a SeedSequence hands out.
std::array<std::uint64_t, 4> SeedState(std::uint64_t seed) {
  const Words pool = MixSeed(seed);
  Hash hash(0x8B51F9DDu, 0x58F38DEDu);
  std::array<std::uint64_t, 4> state = {};
  for (std::size_t i = 0; i < 2 * state.size(); ++i) {
    state[i / 2] |= std::uint64_t{hash(pool[i % kPoolSize])} << (32 * (i % 2));
  }
  return state;
}

}  // namespace

NumpyGenerator::NumpyGenerator(std::uint64_t seed) {
  const std::array<std::uint64_t, 4> words = SeedState(seed);
  increment_ = (((Uint128{words[2]} << 64) | words[3]) << 1) | 1;
  Step();
  state_ += (Uint128{words[0]} << 64) | words[1];
  Step();
}

std::uint64_t NumpyGenerator::Next64() {
  Step();
  const auto high = static_cast<std::uint64_t>(state_ >> 64);
  const auto low = static_cast<std::uint64_t>(state_);
  return std::rotr(high ^ low, static_cast<int>(high >> 58));
}

std::uint32_t NumpyGenerator::Next32() {
  if (std::exchange(has_half_, !has_half_)) return half_;
  const std::uint64_t both = Next64();
  half_ = static_cast<std::uint32_t>(both >> 32);
  return static_cast<std::uint32_t>(both);
}

std::uint32_t NumpyGenerator::Below(std::uint32_t bound) {
  if (bound == 1) return 0;
  std::uint64_t product = std::uint64_t{Next32()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (std::numeric_limits<std::uint32_t>::max() - bound + 1) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) {
      product = std::uint64_t{Next32()} * bound;
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

// state → multiplier · state + increment, `count` times over, by repeated squaring (Brown, "Random
// number generation with arbitrary strides", 1994).
void NumpyGenerator::Skip(std::uint64_t count) {
  Require(!has_half_, "a half number is left over");
  Uint128 multiplier = Multiplier(), increment = increment_;
  for (; count > 0; count >>= 1) {
    if ((count & 1) != 0) state_ = state_ * multiplier + increment;
    increment *= multiplier + 1;
    multiplier *= multiplier;
  }
}

}  // namespace talmach
