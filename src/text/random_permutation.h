// A pseudo-random permutation of 0 … n−1 that needs no memory: element i is computed when asked.
//
// A Feistel network whose round function is Philox permutes the numbers of 2k bits, 4^k ≥ n; a
// result beyond n is permuted again until it falls below n ("cycle walking": Black and Rogaway,
// "Ciphers with arbitrary finite domains", CT-RSA 2002). At most 4^k < 4n, so that takes fewer
// than four tries on average.
#pragma once

#include <cstdint>

#include "base/types.h"

namespace talmach {

class RandomPermutation {
 public:
  /// Of `size` > 0 numbers; different keys give unrelated permutations.
  RandomPermutation(std::uint64_t key, Index size);

  /// The element at position `i` in [0, size).
  Index operator()(Index i) const;

 private:
  std::uint64_t Permute(std::uint64_t value) const;

  std::uint64_t key_;
  std::uint64_t size_;
  int half_bits_ = 1;
};

}  // namespace talmach
