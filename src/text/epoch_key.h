// The keys of the random numbers that order and segment the training text. Internal to text.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/types.h"

namespace talmach {

/// What the random numbers of an epoch are for. The numbers are part of every run's sequence.
enum class EpochPurpose : std::uint64_t {
  kLineOrder = 0,
  kBatchOrder = 1,
  kSampling = 2,
  kPassOrder = 3,  // of the passes over each corpus where they are mixed by weights
};

inline std::uint64_t EpochKey(std::uint64_t seed, Index epoch, EpochPurpose purpose) {
  constexpr std::uint64_t kData = 0x64617461;
  const std::uint64_t data_key = DeriveKey(seed, kData);
  return DeriveKey(DeriveKey(data_key, static_cast<std::uint64_t>(epoch)),
                   static_cast<std::uint64_t>(purpose));
}

}  // namespace talmach
