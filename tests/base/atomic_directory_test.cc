#include "base/atomic_directory.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_operations.h"
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

TEST_F(AtomicDirectoryTest, ReplacesFilesOfADirectoryThatIsThere) {
  const std::string there = folder_.Path("there");
  MakeDirectory(there);
  folder_.Write("there/one", "an old one");
  folder_.Write("there/other", "");
  const std::string text = folder_.Write("text", "new");
  {
    const AtomicDirectory given_up(there);
    CopyFile(text, given_up.temporary_path() + "/one");
  }
  EXPECT_THAT(Names(there), ElementsAre("one", "other"));
  EXPECT_EQ(fs::file_size(there + "/one"), 10u);
  {
    AtomicDirectory directory(there);
    CopyFile(text, directory.temporary_path() + "/one");
    directory.Commit();
  }
  EXPECT_THAT(Names(there), ElementsAre("one", "other"));
  EXPECT_EQ(fs::file_size(there + "/one"), 3u);
}

TEST_F(AtomicDirectoryTest, AFileInItsPlaceIsNamed) {
  const std::string file = folder_.Write("file", "text");
  EXPECT_THAT([&] { AtomicDirectory directory(file); },
              ThrowsMessage<Error>(HasSubstr(file + ": ")));
  EXPECT_THAT(Names(folder_.Path("")), ElementsAre("file"));
}

}  // namespace
}  // namespace talmach
