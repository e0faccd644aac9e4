#include "base/processor.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(ProcessorTest, HasANameOfOneLine) {
  const std::string name = ProcessorName();
  EXPECT_FALSE(name.empty());
  EXPECT_EQ(name.find_first_of("\n:"), name.npos) << name;
}

}  // namespace
}  // namespace talmach
