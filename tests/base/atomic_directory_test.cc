#include "base/atomic_directory.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_operations.h"
#include "base/temporary_files.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class AtomicDirectoryTest : public ::testing::Test {
 protected:
  // What is below a directory, sorted.
  std::vector<std::string> Names(const std::string& path) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      names.push_back(entry.path().lexically_relative(path));
    }
    std::ranges::sort(names);
    return names;
  }

  TemporaryDirectory folder_;
};

TEST_F(AtomicDirectoryTest, AppearsWithAllItsFiles) {
  for (const std::string name : {"above/new", "slash/"}) {
    AtomicDirectory directory(folder_.Path(name));
    const fs::path first = directory.temporary_path();
    CopyFile(folder_.Write("text", "bytes"), first / "one");
    CopyFile(folder_.Path("text"), first / "two");
    EXPECT_FALSE(fs::exists(folder_.Path(name)));
    directory.Commit();
    EXPECT_THAT(Names(folder_.Path(name)), ElementsAre("one", "two"));
  }
  EXPECT_THAT(Names(folder_.Path("")),
              ElementsAre("above", "above/new", "above/new/one", "above/new/two", "slash",
                          "slash/one", "slash/two", "text"));
}

TEST_F(AtomicDirectoryTest, LeavesNothingWithoutCommit) {
  {
    const AtomicDirectory directory(folder_.Path("new"));
    CopyFile(folder_.Write("text", "bytes"), directory.temporary_path() + "/one");
  }
  EXPECT_THAT(Names(folder_.Path("")), ElementsAre("text"));
}

TEST_F(AtomicDirectoryTest, ReplacesNothing) {
  MakeDirectory(folder_.Path("there"));
  folder_.Write("there/one", "an old one");
  folder_.Write("file", "");
  fs::create_directory_symlink(folder_.Path("there"), folder_.Path("link"));
  for (const std::string name : {"there", "there/", "nowhere/../there", "link", "link/.", "file"}) {
    EXPECT_THAT([&] { AtomicDirectory directory(folder_.Path(name)); },
                ThrowsMessage<ConfigError>(HasSubstr("a new or an empty directory")))
        << name;
  }
  EXPECT_THAT(Names(folder_.Path("there")), ElementsAre("one"));
}

TEST_F(AtomicDirectoryTest, TakesThePlaceOfAnEmptyDirectory) {
  MakeDirectory(folder_.Path("empty"));
  AtomicDirectory directory(folder_.Path("empty"));
  CopyFile(folder_.Write("text", "bytes"), directory.temporary_path() + "/one");
  directory.Commit();
  EXPECT_THAT(Names(folder_.Path("")), ElementsAre("empty", "empty/one", "text"));
}

TEST_F(AtomicDirectoryTest, WhatAppearsMeanwhileStays) {
  {
    AtomicDirectory directory(folder_.Path("new"));
    MakeDirectory(folder_.Path("new"));
    folder_.Write("new/one", "another one's");
    EXPECT_THAT([&] { directory.Commit(); },
                ThrowsMessage<Error>(HasSubstr("cannot be put in place")));
  }
  EXPECT_THAT(Names(folder_.Path("")), ElementsAre("new", "new/one"));
}

TEST_F(AtomicDirectoryTest, WhatAKilledProcessOfTheSameNumberLeftStaysOut) {
  const std::string last = TemporaryPath(folder_.Path("new"));
  const std::size_t count = last.rfind('-') + 1;
  const int next_count = std::stoi(last.substr(count)) + 1;
  const std::string next = last.substr(0, count) + std::to_string(next_count);
  MakeDirectory(next);
  folder_.Write("stale", "");
  fs::rename(folder_.Path("stale"), next + "/stale");
  AtomicDirectory directory(folder_.Path("new"));
  CopyFile(folder_.Write("text", "bytes"), directory.temporary_path() + "/one");
  directory.Commit();
  EXPECT_THAT(Names(folder_.Path("new")), ElementsAre("one"));
  EXPECT_THAT(Names(next), ElementsAre("stale"));
}

}  // namespace
}  // namespace talmach
