// Counter-based random numbers: Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011. A value is a pure function of (key, counter), so any
// thread can draw any value, nothing has to be saved but the key, and results do not depend on
// the order of evaluation.
#pragma once

#include <array>
#include <cstdint>

namespace talmach {

/// The constants of Philox4x32-10, for kernels that draw many numbers at once.
inline constexpr int kPhiloxRounds = 10;
inline constexpr std::uint32_t kPhiloxMultiplier0 = 0xD2511F53u;
inline constexpr std::uint32_t kPhiloxMultiplier1 = 0xCD9E8D57u;
inline constexpr std::uint32_t kPhiloxWeyl0 = 0x9E3779B9u;  // golden ratio
inline constexpr std::uint32_t kPhiloxWeyl1 = 0xBB67AE85u;  // sqrt(3) - 1

/// 128 random bits for the given 64-bit key and 128-bit counter (here 64 + 64 bits).
std::array<std::uint32_t, 4> Philox4x32(std::uint64_t key, std::uint64_t counter_low,
                                        std::uint64_t counter_high = 0);

/// A key that is unrelated to `key` for each different `purpose`: gives every use of randomness
/// (a layer's dropout in one update, one epoch's shuffle) its own stream.
std::uint64_t DeriveKey(std::uint64_t key, std::uint64_t purpose);

/// A stream of random numbers of one key; satisfies UniformRandomBitGenerator. Cheap to copy.
class RandomStream {
 public:
  using result_type = std::uint64_t;
  explicit RandomStream(std::uint64_t key) : key_(key) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();

  /// Uniform in [0, 1), 24 bits.
  float Uniform();
  /// Normal with mean 0 and standard deviation 1 (Box and Muller).
  float Normal();
  /// Uniform in [0, bound), bound > 0, without bias.
  std::uint64_t Below(std::uint64_t bound);

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace talmach
