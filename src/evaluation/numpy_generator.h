// The random numbers of numpy's default generator, from which sacreBLEU draws its resamples: with
// the same numbers, intervals and p-values are the same too. PCG64 (O'Neill, "PCG: a family of
// simple fast space-efficient statistically good algorithms for random number generation", Harvey
// Mudd College 2014), seeded as numpy's SeedSequence does (O'Neill, "Developing a seed_seq
// alternative", 2015); numbers below a bound by Lemire, "Fast random integer generation in an
// interval", ACM Transactions on Modeling and Computer Simulation 2019.
#pragma once

#include <cstdint>

namespace talmach {

/// numpy.random.default_rng(seed). Cheap to copy; a copy continues independently.
class NumpyGenerator {
 public:
  explicit NumpyGenerator(std::uint64_t seed);

  std::uint64_t Next64();
  /// The halves of Next64, the low one first.
  std::uint32_t Next32();
  /// Uniform in [0, bound), bound > 0: integers(bound) and choice(bound).
  std::uint32_t Below(std::uint32_t bound);
  /// Skips `count` calls of Next64 in logarithmic time. Requires that no half of a number is left
  /// over.
  void Skip(std::uint64_t count);

 private:
  __extension__ using Uint128 = unsigned __int128;
  void Step() { state_ = state_ * Multiplier() + increment_; }
  static constexpr Uint128 Multiplier() {
    return (Uint128{0x2360ED051FC65DA4u} << 64) | 0x4385DF649FCCF645u;
  }

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  std::uint32_t half_ = 0;
  bool has_half_ = false;
};

}  // namespace talmach
