#include "base/input_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "support/message_of.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(InputStreamTest, IsAStandardStreamOfAFile) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 30000; ++i) text += std::to_string(i) + "\n";  // more than its buffer
  InputStream stream(directory.Write("numbers", text));
  std::string line;
  for (int i = 0; i < 30000; ++i) {
    ASSERT_TRUE(std::getline(stream, line));
    ASSERT_EQ(line, std::to_string(i));
  }
  EXPECT_FALSE(std::getline(stream, line));
  EXPECT_TRUE(stream.eof());
}

TEST(InputStreamTest, AnEmptyFileIsAtItsEnd) {
  const TemporaryDirectory directory;
  InputStream stream(directory.Write("empty", ""));
  EXPECT_EQ(stream.get(), InputStream::traits_type::eof());
}

TEST(InputStreamTest, ErrorsNameTheFileAndTheReason) {
  const TemporaryDirectory directory;
  EXPECT_THAT(MessageOf<DataError>([&] { InputStream stream(directory.Path("none")); }),
              AllOf(HasSubstr("none: cannot open"), HasSubstr("No such file or directory")));
  InputStream folder(directory.Path(""));
  EXPECT_THAT(MessageOf<DataError>([&] { folder.get(); }), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace talmach
