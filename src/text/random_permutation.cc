#include "text/random_permutation.h"

#include "base/error.h"
#include "base/random.h"

namespace talmach {
namespace {

constexpr int kNumRounds = 8;

}  // namespace

RandomPermutation::RandomPermutation(std::uint64_t key, Index size)
    : key_(key), size_(static_cast<std::uint64_t>(size)) {
  Require(size > 0, "a permutation has elements");
  while ((std::uint64_t{1} << 2 * half_bits_) < size_) ++half_bits_;
}

Index RandomPermutation::operator()(Index i) const {
  Require(0 <= i && static_cast<std::uint64_t>(i) < size_, "a position in the permutation");
  auto value = static_cast<std::uint64_t>(i);
  do {
    value = Permute(value);
  } while (value >= size_);
  return static_cast<Index>(value);
}

std::uint64_t RandomPermutation::Permute(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (std::uint64_t round = 0; round < kNumRounds; ++round) {
    const std::uint64_t mixed = left ^ (Philox4x32(key_, right, round)[0] & mask);
    left = right;
    right = mixed;
  }
  return left << half_bits_ | right;
}

}  // namespace talmach
