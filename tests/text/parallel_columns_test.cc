#include "text/parallel_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using Columns = std::vector<std::vector<std::vector<std::string>>>;

class ParallelColumnsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    return directory_.Write(name, text);
  }

  // A group of two columns in one file, and a group of one file.
  ParallelColumns Open(const std::string& pairs, const std::string& single) {
    std::vector<std::vector<ColumnReader>> groups(2);
    groups[0].emplace_back(Write("pairs", pairs), 2);
    groups[1].emplace_back(Write("single", single), 1);
    return ParallelColumns(std::move(groups));
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(ParallelColumnsTest, GroupsAreReadSideBySide) {
  ParallelColumns files = Open("a\tb\nc\td\n", "x\ny\n");
  Columns columns;
  ASSERT_TRUE(files.Read(&columns));
  EXPECT_THAT(columns[0], ElementsAre(ElementsAre("a", "c"), ElementsAre("b", "d")));
  EXPECT_THAT(columns[1], ElementsAre(ElementsAre("x", "y")));
  EXPECT_FALSE(files.Read(&columns));
}

TEST_F(ParallelColumnsTest, LongFilesAreReadInParts) {
  std::string pairs, single;
  for (int line = 0; line < 10000; ++line) pairs += "a\tb\n", single += "x\n";
  ParallelColumns files = Open(pairs, single);
  std::size_t num_lines = 0, num_parts = 0;
  for (Columns columns; files.Read(&columns); ++num_parts) num_lines += columns[1][0].size();
  EXPECT_EQ(num_lines, 10000u);
  EXPECT_GT(num_parts, 1u);
}

TEST_F(ParallelColumnsTest, FilesMustEndTogether) {
  ParallelColumns files = Open("a\tb\n", "x\ny\n");
  Columns columns;
  EXPECT_THAT([&] { files.Read(&columns); },
              ThrowsMessage<DataError>(HasSubstr("expected 2 lines")));
}

}  // namespace
}  // namespace talmach
