#include "base/file_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(MakeDirectoryTest, MakesThoseAboveAndLeavesWhatIsThere) {
  const TemporaryDirectory directory;
  const std::string path = directory.Path("a/b/c");
  MakeDirectory(path);
  MakeDirectory(path);
  EXPECT_TRUE(std::filesystem::is_directory(path));
}

TEST(MakeDirectoryTest, AFileInItsPlaceIsNamed) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("a", "text");
  for (const std::string& wanted : {path, path + "/b"}) {
    EXPECT_THAT([&] { MakeDirectory(wanted); }, ThrowsMessage<Error>(HasSubstr(wanted + ": ")));
  }
}

TEST(ReadFileTest, ReadsEveryByteAndNamesWhatCannotBeRead) {
  const TemporaryDirectory directory;
  for (const std::string& bytes : {std::string(), std::string("a\0\xff\r\n", 5)}) {
    EXPECT_EQ(ReadFile(directory.Write("file", bytes)), bytes);
  }
  for (const std::string& unreadable : {directory.Path("none"), directory.Path("")}) {
    EXPECT_THAT([&] { ReadFile(unreadable); },
                ThrowsMessage<Error>(HasSubstr(unreadable + ": cannot be read: ")));
  }
}

TEST(CopyFileTest, CopiesOverAFileAndNamesWhatCannotBeReadOrWritten) {
  const TemporaryDirectory directory;
  const std::string from = directory.Write("from", "new");
  const std::string to = directory.Write("to", "an old one");
  CopyFile(from, to);
  EXPECT_EQ(std::filesystem::file_size(to), 3u);
  for (const std::string& unreadable : {directory.Path("none"), directory.Path("")}) {
    EXPECT_THAT([&] { CopyFile(unreadable, to); },
                ThrowsMessage<Error>(HasSubstr(unreadable + ": cannot be read: ")));
  }
  EXPECT_EQ(std::filesystem::file_size(to), 3u);
  const std::string nowhere = directory.Path("none/to");
  EXPECT_THAT([&] { CopyFile(from, nowhere); }, ThrowsMessage<Error>(HasSubstr(nowhere)));
}

}  // namespace
}  // namespace talmach
