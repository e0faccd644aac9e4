#include "evaluation/numpy_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "base/types.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint64_t> Numbers(std::uint64_t seed) {
  NumpyGenerator random(seed);
  return {random.Next64(), random.Next64(), random.Next64()};
}

std::vector<std::uint32_t> NumbersBelow(std::uint32_t bound, std::uint64_t seed, Index count) {
  NumpyGenerator random(seed);
  std::vector<std::uint32_t> numbers;
  for (Index i = 0; i < count; ++i) numbers.push_back(random.Below(bound));
  return numbers;
}

// What numpy 1.24 answers: default_rng(seed).bit_generator.random_raw(3).
TEST(NumpyGeneratorTest, NumbersAreThoseOfNumpy) {
  EXPECT_THAT(Numbers(12345),
              ElementsAre(4193609425186963869u, 5843160025838961886u, 14708796524633321433u));
  EXPECT_THAT(Numbers(0),
              ElementsAre(11749869230777074271u, 4976686463289251617u, 755828109848996024u));
  EXPECT_THAT(Numbers((std::uint64_t{1} << 40) + 7),
              ElementsAre(15307346044642009514u, 4709548916763817589u, 2836937976252648324u));
}

// default_rng(seed).choice(bound, size=count); of the second bound many numbers are drawn again.
TEST(NumpyGeneratorTest, NumbersBelowABoundAreThoseOfNumpy) {
  EXPECT_THAT(NumbersBelow(1000, 12345, 6), ElementsAre(699, 227, 788, 316, 204, 797));
  NumpyGenerator random(12345);
  for (int i = 0; i < 6; ++i) random.Below(1000);
  std::vector<std::uint32_t> large;
  for (int i = 0; i < 8; ++i) large.push_back(random.Below(3'000'000'000));
  EXPECT_THAT(large, ElementsAre(2028764011, 2518275128, 1794926260, 639429039, 560202556,
                                 687406213, 2018268131, 1840423821));
  EXPECT_THAT(NumbersBelow(1, 1, 2), ElementsAre(0, 0));
}

TEST(NumpyGeneratorTest, SkippingIsDrawingWithoutLooking) {
  NumpyGenerator random(12345);
  random.Skip(1000);
  EXPECT_EQ(random.Next64(), 3486518943318275658u);  // as numpy's advance(1000)
  for (const int count : {0, 1, 2, 63, 64}) {
    NumpyGenerator drawing(3), skipping(3);
    for (int i = 0; i < count; ++i) drawing.Next64();
    skipping.Skip(count);
    EXPECT_EQ(drawing.Next64(), skipping.Next64()) << count;
  }
  random.Next32();
  EXPECT_THROW(random.Skip(1), std::logic_error);
}

}  // namespace
}  // namespace talmach
