#include "text/seen_hashes.h"

#include <algorithm>
#include <utility>

namespace talmach {
namespace {

constexpr std::size_t kFirstSlots = 1 << 10;

// 0 marks a free slot. What hashes to it shares the hash of 1.
std::uint64_t Key(std::uint64_t hash) { return std::max<std::uint64_t>(hash, 1); }

}  // namespace

bool SeenHashes::Add(std::uint64_t hash) {
  if (Contains(hash)) return true;
  if (full()) return false;
  if (4 * static_cast<std::size_t>(size_ + 1) > 3 * slots_.size()) Grow();
  slots_[SlotOf(Key(hash))] = Key(hash);
  ++size_;
  return false;
}

bool SeenHashes::Contains(std::uint64_t hash) const {
  return !slots_.empty() && slots_[SlotOf(Key(hash))] != 0;
}

// Where the key is, or the free slot where it would be.
std::size_t SeenHashes::SlotOf(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = key & mask;
  while (slots_[slot] != 0 && slots_[slot] != key) slot = (slot + 1) & mask;
  return slot;
}

void SeenHashes::Grow() {
  std::vector<std::uint64_t> old(std::max(2 * slots_.size(), kFirstSlots));
  std::swap(old, slots_);
  for (const std::uint64_t key : old) {
    if (key != 0) slots_[SlotOf(key)] = key;
  }
}

}  // namespace talmach
