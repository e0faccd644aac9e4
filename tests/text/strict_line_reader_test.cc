#include "text/strict_line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "support/message_of.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StrictLineReaderTest : public ::testing::Test {
 protected:
  StrictLineReader Reader(const std::string& text) {
    return StrictLineReader(directory_.Write("text", text));
  }
  // What reading all of `text` complains of.
  std::string Complaint(const std::string& text) {
    return MessageOf<DataError>([&] { Reader(text).CountAll(); });
  }

  TemporaryDirectory directory_;
};

TEST_F(StrictLineReaderTest, LinesComeWithOrWithoutWhiteSpaceAtTheirEnd) {
  StrictLineReader reader = Reader(" a \n b\u3000\t\n");
  std::string line;
  ASSERT_TRUE(reader.ReadUnstripped(&line));
  EXPECT_EQ(line, " a ");
  ASSERT_TRUE(reader.Read(&line));
  EXPECT_EQ(line, " b");
  EXPECT_THAT(reader.Place(), HasSubstr("text:2"));
  EXPECT_FALSE(reader.Read(&line));
  EXPECT_EQ(reader.num_lines(), 2);
}

TEST_F(StrictLineReaderTest, WhatIsNoTextIsRefusedWithItsPlace) {
  EXPECT_THAT(Complaint("a\nb\xFF\n"), HasSubstr("text:2: not UTF-8"));
  EXPECT_THAT(Complaint(std::string("a\n\0b\n", 5)), HasSubstr("text:2: not text"));
  EXPECT_THAT(Complaint(std::string((1 << 20) + 1, 'x')),
              HasSubstr("text:1: the line is too long"));
  EXPECT_EQ(Complaint("a\n\nb"), "");
}

TEST_F(StrictLineReaderTest, AByteOrderMarkCountsUnlessItIsSkipped) {
  const std::string path = directory_.Write("marked", "\uFEFFa\n");
  std::string line;
  StrictLineReader(path).Read(&line);
  EXPECT_EQ(line, "\uFEFFa");
  StrictLineReader(path, StrictLineReader::ByteOrderMark::kSkip).Read(&line);
  EXPECT_EQ(line, "a");
}

TEST_F(StrictLineReaderTest, TheShorterOfTwoTextsIsNamed) {
  const auto complaint = [&](const std::string& first, const std::string& second) {
    StrictLineReader a(directory_.Write("a", first));
    StrictLineReader b(directory_.Write("b", second));
    std::string line;
    for (bool both = true; both;) {
      both = a.Read(&line);
      both = b.Read(&line) && both;
    }
    return MessageOf<DataError>([&] { RequireSameEnd(&a, &b); });
  };
  EXPECT_EQ(complaint("1\n2\n", "1\n2\n"), "");
  EXPECT_THAT(complaint("1\n2\n3\n4\n", "1\n2\n"),
              ::testing::AllOf(HasSubstr("b:2: the text ends here"),
                               HasSubstr("expected 4 lines as in"), HasSubstr("got 2")));
  EXPECT_THAT(complaint("1\n", "1\n2\n3\n"), HasSubstr("a:1: the text ends here"));
}

class ColumnReaderTest : public StrictLineReaderTest {
 protected:
  using Columns = std::vector<std::vector<std::string>>;
};

TEST_F(ColumnReaderTest, TheFirstLineGivesTheNumberOfColumns) {
  ColumnReader reader(directory_.Write("table", "a \tb\nc\td \n"));
  EXPECT_EQ(reader.num_columns(), 2);
  Columns columns;
  reader.Read(10, &columns);
  EXPECT_THAT(columns, ElementsAre(ElementsAre("a", "c"), ElementsAre("b", "d")));
}

TEST_F(ColumnReaderTest, EveryLineMustHaveAsMany) {
  for (const char* second : {"c", "c\td\te"}) {
    ColumnReader reader(directory_.Write("table", "a\tb\n" + std::string(second) + "\n"));
    Columns columns;
    EXPECT_THAT(MessageOf<DataError>([&] { reader.Read(10, &columns); }),
                HasSubstr("table:2: another number of columns; expected 2 separated by tabs"))
        << second;
  }
}

TEST_F(ColumnReaderTest, OfAKnownNumberMissingColumnsAreFilled) {
  ColumnReader reader(directory_.Write("table", "a\tb\nc\n"), 2, "-");
  Columns columns;
  reader.Read(1, &columns);
  EXPECT_THAT(columns, ElementsAre(ElementsAre("a"), ElementsAre("b")));
  columns.clear();
  reader.Read(1, &columns);
  EXPECT_THAT(columns, ElementsAre(ElementsAre("c"), ElementsAre("-")));
}

TEST_F(ColumnReaderTest, OneColumnIsNeverSplit) {
  ColumnReader reader(directory_.Write("table", "a\tb\n"), 1);
  Columns columns;
  reader.Read(1, &columns);
  EXPECT_THAT(columns, ElementsAre(ElementsAre("a\tb")));
}

}  // namespace
}  // namespace talmach
