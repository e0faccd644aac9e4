#include "base/peak_memory.h"

#include <gtest/gtest.h>

#include <vector>

namespace talmach {
namespace {

TEST(PeakMemoryTest, GrowsByWhatIsUsedAndNeverShrinks) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  const std::size_t before = PeakRssBytes();
  std::size_t during = 0;
  {
    const std::vector<char> used(kBytes, 'x');
    during = PeakRssBytes();
    EXPECT_EQ(used.back(), 'x');
  }
  EXPECT_GE(during, kBytes);
  EXPECT_LT(before, std::size_t{1} << 40);  // bytes, not a unit of its own
  EXPECT_GE(PeakRssBytes(), during);
}

}  // namespace
}  // namespace talmach
