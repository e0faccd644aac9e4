#include "base/checksum.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

// The values of the reference program: xxhsum -H3.
TEST(ChecksumTest, EqualsTheReferenceProgram) {
  EXPECT_EQ(ChecksumOf(""), "2d06800538d394c2");
  EXPECT_EQ(ChecksumOf("talmach"), "f9de85027d53d58b");
}

TEST(ChecksumTest, DoesNotDependOnHowTheBytesArrive) {
  Checksum checksum;
  checksum.Update("tal");
  checksum.Update("");
  checksum.Update("mach");
  EXPECT_EQ(checksum.Hex(), ChecksumOf("talmach"));
}

TEST(ChecksumTest, ChangesWithEveryBit) {
  std::string bytes(100, 'x');
  const std::string before = ChecksumOf(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_NE(ChecksumOf(bytes), before);
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace talmach
