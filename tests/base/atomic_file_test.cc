#include "base/atomic_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/temporary_files.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class AtomicFileTest : public ::testing::Test {
 protected:
  void WriteNew(const AtomicFileOptions& options) {
    AtomicFile file(path_, 8, options);
    file.Write("new ");
    file.Write("text");
    file.Commit();
  }

  // Whatever failed: the old content stays, and nothing else is left in the directory.
  void ExpectOldFileAlone() {
    EXPECT_EQ(directory_.Read("file"), "old");
    EXPECT_EQ(directory_.NumFiles(), 1);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Write("file", "old");
};

TEST_F(AtomicFileTest, ReplacesTheFileOnlyOnCommit) {
  AtomicFile file(path_);
  file.Write("new");
  EXPECT_EQ(directory_.Read("file"), "old");
  file.Commit();
  EXPECT_EQ(directory_.Read("file"), "new");
  EXPECT_EQ(directory_.NumFiles(), 1);
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  {
    AtomicFile file(path_);
    file.Write("new");
  }
  ExpectOldFileAlone();
}

TEST_F(AtomicFileTest, WritesInTheCurrentDirectory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.Path(""));
  WriteFileAtomically("bare_name", "x");
  std::filesystem::current_path(before);
  EXPECT_EQ(directory_.Read("bare_name"), "x");
}

TEST_F(AtomicFileTest, ContinuesAfterShortWritesAndInterrupts) {
  int calls = 0;
  WriteNew({.write = [&](int descriptor, const void* bytes, std::size_t size) -> ssize_t {
    if (++calls % 2 == 1) {
      errno = EINTR;
      return -1;
    }
    return ::write(descriptor, bytes, std::min<std::size_t>(size, 3));
  }});
  EXPECT_EQ(directory_.Read("file"), "new text");
}

TEST_F(AtomicFileTest, NamesPathErrnoAndBytesWhenTheDiskIsFull) {
  int calls = 0;
  const AtomicFileOptions full = {
      .write = [&](int descriptor, const void* bytes, std::size_t size) -> ssize_t {
        if (++calls == 1) return ::write(descriptor, bytes, size);
        errno = ENOSPC;
        return -1;
      }};
  EXPECT_THAT([&] { WriteNew(full); },
              ThrowsMessage<Error>(AllOf(HasSubstr(path_), HasSubstr("No space left on device"),
                                         HasSubstr("8 bytes"), HasSubstr("got room for 4"))));
  ExpectOldFileAlone();
}

TEST_F(AtomicFileTest, WhatKilledProcessesLeftIsRemoved) {
  for (const char* name : {"a.tmp-12-0", "a", ".tmp-1-2", "a.tmp-x", "a.tmp-1-2.txt"}) {
    directory_.Write(name, "x");
  }
  RemoveTemporaryFiles(directory_.Path(""));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("a.tmp-12-0")));
  EXPECT_EQ(directory_.NumFiles(), 5);  // with the file of all tests
  EXPECT_NO_THROW(RemoveTemporaryFiles(directory_.Path("none")));
}

TEST_F(AtomicFileTest, FailsOnEachSystemCall) {
  const auto fail = [](auto...) {
    errno = EIO;
    return -1;
  };
  for (const AtomicFileOptions& options :
       {AtomicFileOptions{.write = fail}, AtomicFileOptions{.sync = fail},
        AtomicFileOptions{.rename = fail}, AtomicFileOptions{.write = [](auto...) { return 0; }}}) {
    EXPECT_THAT([&] { WriteNew(options); }, ThrowsMessage<Error>(HasSubstr("Input/output error")));
    ExpectOldFileAlone();
  }
}

TEST_F(AtomicFileTest, RefusesAMissingDirectory) {
  EXPECT_THAT([&] { AtomicFile(directory_.Path("no/such/file")); },
              ThrowsMessage<Error>(HasSubstr("No such file or directory")));
}

TEST_F(AtomicFileTest, IsCommittedOnce) {
  AtomicFile file(path_);
  file.Commit();
  EXPECT_THROW(file.Commit(), std::logic_error);
  EXPECT_THROW(file.Write("x"), std::logic_error);
}

TEST_F(AtomicFileTest, SyncsOnlyDirectories) { EXPECT_THROW(SyncDirectory(path_), Error); }

}  // namespace
}  // namespace talmach
