#include "text/seen_hashes.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace talmach {
namespace {

TEST(SeenHashesTest, IsASet) {
  SeenHashes seen;
  std::set<std::uint64_t> oracle;
  RandomStream random(7);
  for (int i = 0; i < 5'000; ++i) {
    // Few values, among them 0, and all in the same few slots.
    const std::uint64_t hash = random.Below(2'000) << 40;
    EXPECT_EQ(seen.Contains(hash), oracle.contains(hash));
    EXPECT_EQ(seen.Add(hash), !oracle.insert(hash).second);
  }
  EXPECT_EQ(seen.size(), std::ssize(oracle));
}

TEST(SeenHashesTest, RemembersNoMoreThanItsBound) {
  SeenHashes seen(3);
  for (const std::uint64_t hash : {5, 6, 7}) EXPECT_FALSE(seen.Add(hash));
  EXPECT_TRUE(seen.full());
  EXPECT_FALSE(seen.Add(8));
  EXPECT_FALSE(seen.Add(8));
  EXPECT_TRUE(seen.Add(6));
  EXPECT_EQ(seen.size(), 3);
}

}  // namespace
}  // namespace talmach
