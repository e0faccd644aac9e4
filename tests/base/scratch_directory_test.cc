#include "base/scratch_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace talmach {
namespace {

TEST(ScratchDirectoryTest, GoesWithAllItHolds) {
  std::string path;
  {
    const ScratchDirectory one;
    const ScratchDirectory other;
    path = one.path();
    EXPECT_NE(path, other.path());
    std::filesystem::create_directory(path + "/folder");
    std::ofstream(path + "/folder/file") << "text";
    EXPECT_TRUE(std::filesystem::exists(path + "/folder/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace talmach
