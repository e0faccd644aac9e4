#include "base/free_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <vector>

namespace talmach {
namespace {

std::size_t ResidentBytes() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Sanitizers bring a malloc of their own, of which nothing is promised.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
constexpr bool kIsMallocOfGlibc = false;
#elif defined(__has_feature)
constexpr bool kIsMallocOfGlibc =
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kIsMallocOfGlibc = true;
#endif

// Small blocks below one that stays are what malloc keeps.
TEST(FreeMemoryTest, WhatMallocKeepsGoesBackToTheSystem) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kNumBlocks = 16384;
  std::vector<std::unique_ptr<std::vector<char>>> blocks;
  for (std::size_t i = 0; i < kNumBlocks; ++i) {
    blocks.push_back(std::make_unique<std::vector<char>>(kBlock, 'x'));
  }
  const std::size_t full = ResidentBytes();
  blocks.erase(blocks.begin(), blocks.end() - 1);
  ReturnFreeMemory();
  EXPECT_EQ(*blocks.front(), std::vector<char>(kBlock, 'x'));
  if (kIsMallocOfGlibc) {
    EXPECT_LT(ResidentBytes() + kBlock * kNumBlocks / 2, full);
  }
}

}  // namespace
}  // namespace talmach
