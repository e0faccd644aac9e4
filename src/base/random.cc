// Philox is a block cipher made simple and fast. In each of ten rounds two of the four words are
// multiplied to 64 bits, the halves of the products change places and are mixed by exclusive or
// with the other words and the key, and the key moves on by a constant. Encrypting 0, 1, 2, … under
// a key gives its stream; no value depends on the one before. A key for a purpose is itself such a
// value, with an upper half of the counter (the characters "key") that no stream uses.
#include "base/random.h"

#include <cmath>
#include <numbers>

namespace talmach {

std::array<std::uint32_t, 4> Philox4x32(std::uint64_t key, std::uint64_t counter_low,
                                        std::uint64_t counter_high) {
  std::array<std::uint32_t, 4> x = {
      static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
      static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)};
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kPhiloxMultiplier0} * x[0];
    const std::uint64_t product1 = std::uint64_t{kPhiloxMultiplier1} * x[2];
    x = {static_cast<std::uint32_t>(product1 >> 32) ^ x[1] ^ key0,
         static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ x[3] ^ key1,
         static_cast<std::uint32_t>(product0)};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return x;
}

std::uint64_t DeriveKey(std::uint64_t key, std::uint64_t purpose) {
  const auto bits = Philox4x32(key, purpose, 0x6b6579u);
  return std::uint64_t{bits[0]} << 32 | bits[1];
}

RandomStream::result_type RandomStream::operator()() {
  const auto bits = Philox4x32(key_, counter_++);
  return std::uint64_t{bits[0]} << 32 | bits[1];
}

float RandomStream::Uniform() { return static_cast<float>((*this)() >> 40) * 0x1p-24f; }

float RandomStream::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * Uniform()));
}

std::uint64_t RandomStream::Below(std::uint64_t bound) {
  // Values past the largest multiple of `bound` would favour small results: draw again.
  const std::uint64_t excess = (max() % bound + 1) % bound;
  for (;;) {
    const std::uint64_t value = (*this)();
    if (value <= max() - excess) return value % bound;
  }
}

}  // namespace talmach
