// Which texts have been seen, as their hashes: a set that grows up to a bound and never forgets.
//
// Open addressing with linear probing (Knuth, "The Art of Computer Programming", vol. 3, 6.4,
// algorithm L): a slot of 8 bytes per hash, at most three quarters of them in use. A different text
// with the hash of a seen one is taken for it: with n texts seen, the probability is n / 2^64 for
// the next one, and n² / 2^65 that this ever happened; a quarter of a thousandth for 100 million.
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"

namespace talmach {

/// One thread at a time.
class SeenHashes {
 public:
  /// 100,663,296 hashes: 1 GiB, and half as much again for a moment while the table grows.
  static constexpr Index kMost = 3 * (Index{1} << 25);

  /// Remembers at most `most` hashes; memory is used as they come.
  explicit SeenHashes(Index most = kMost) : most_(most) {}

  /// True if this hash has been added before. Once the set is full, new ones are not remembered:
  /// they count as never seen, each time they come.
  bool Add(std::uint64_t hash);
  bool Contains(std::uint64_t hash) const;

  Index size() const { return size_; }
  bool full() const { return size_ >= most_; }

 private:
  std::size_t SlotOf(std::uint64_t hash) const;
  void Grow();

  Index most_;
  Index size_ = 0;
  std::vector<std::uint64_t> slots_;  // a power of two; 0: free
};

}  // namespace talmach
