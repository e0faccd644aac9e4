#include "base/descriptor_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "support/message_of.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;

class DescriptorIoTest : public ::testing::Test {
 protected:
  std::string MakePipe() const {
    const std::string path = directory_.Path("pipe");
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  // What can be read from `path` until its end, `size` bytes at a time.
  static std::string ReadAll(const std::string& path, Index size) {
    const int descriptor = OpenForReading(path);
    std::string text;
    std::array<char, 64> bytes;
    while (const Index count = ReadSome(descriptor, bytes.data(), size)) {
      if (count < 0) break;
      text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    close(descriptor);
    return text;
  }

  TemporaryDirectory directory_;
};

TEST_F(DescriptorIoTest, ReadsPieceByPieceToTheEnd) {
  const std::string path = directory_.Write("a", "some text");
  for (const Index size : {1, 4, 64}) EXPECT_EQ(ReadAll(path, size), "some text");
}

TEST_F(DescriptorIoTest, FailuresAreThoseOfTheSystem) {
  EXPECT_EQ(OpenForReading(directory_.Path("none")), -1);
  EXPECT_EQ(errno, ENOENT);
  char byte = 0;
  const int directory = OpenForReading(directory_.Path(""));
  EXPECT_EQ(ReadSome(directory, &byte, 1), -1);
  EXPECT_EQ(errno, EISDIR);
  EXPECT_EQ(WriteAll(directory, "x"), -1);
  close(directory);
  EXPECT_EQ(OpenStreamForWriting(directory_.Path("none")), -1);
  EXPECT_EQ(errno, ENOENT);
}

// More than a pipe holds: neither side can finish without the other.
TEST_F(DescriptorIoTest, EverythingGoesThroughAPipeWhoeverComesFirst) {
  const std::string path = MakePipe();
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i);
  std::jthread writer([&] {
    const int descriptor = OpenStreamForWriting(path);  // waits for the reader
    EXPECT_EQ(WriteAll(descriptor, text), 0);
    close(descriptor);
  });
  EXPECT_EQ(ReadAll(path, 64), text);
}

TEST_F(DescriptorIoTest, OnlyRegularFilesAreRegular) {
  std::string problem;
  const int descriptor = OpenRegularFile(directory_.Write("a", "x"), &problem);
  EXPECT_GE(descriptor, 0);
  EXPECT_EQ(problem, "");
  close(descriptor);
  EXPECT_EQ(CheckRegularFile(directory_.Path("a")), "");
  EXPECT_EQ(CheckRegularFile(MakePipe()), "it is not a regular file");
  EXPECT_EQ(CheckRegularFile(directory_.Path("")), "Is a directory");
  EXPECT_EQ(CheckRegularFile(directory_.Path("none")), "No such file or directory");
  EXPECT_THAT(MessageOf<DataError>([&] {
                RequireRegularFile<DataError>(directory_.Path("none"), "cannot be read: ");
              }),
              HasSubstr("none: cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace talmach
