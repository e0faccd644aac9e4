#include "text/line_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LineChunksTest : public ::testing::Test {
 protected:
  std::string Numbers(const std::string& name, Index count, const std::string& more = "") {
    std::string text;
    for (Index i = 0; i < count; ++i) text += std::to_string(i) + more + "\n";
    return directory_.Write(name, text);
  }

  TemporaryDirectory directory_;
};

TEST_F(LineChunksTest, HoldEveryLineOnceInOrderAndNoMoreThanTheirLimits) {
  const std::string path = Numbers("a", 5000);
  LineChunkReader reader(path, "");
  Index line = 0;
  for (LineChunk chunk; reader.Next(&chunk);) {
    EXPECT_EQ(chunk.first_line, line);
    EXPECT_LE(chunk.first.size(), 2048u);
    EXPECT_THAT(chunk.second, IsEmpty());
    for (const std::string& text : chunk.first) ASSERT_EQ(text, std::to_string(line++));
  }
  EXPECT_EQ(line, 5000);
  EXPECT_EQ(CountLines(path), 5000);
}

TEST_F(LineChunksTest, LongLinesMakeSmallChunks) {
  LineChunkReader reader(Numbers("a", 100, std::string(10000, 'x')), "");
  LineChunk chunk;
  ASSERT_TRUE(reader.Next(&chunk));
  EXPECT_LT(chunk.first.size(), 50u);
}

TEST_F(LineChunksTest, PairsStayPairs) {
  LineChunkReader reader(Numbers("a", 3000), Numbers("b", 3000, "b"));
  Index line = 0;
  for (LineChunk chunk; reader.Next(&chunk);) {
    ASSERT_EQ(chunk.first.size(), chunk.second.size());
    for (std::size_t i = 0; i < chunk.first.size(); ++i, ++line) {
      ASSERT_EQ(chunk.second[i], chunk.first[i] + "b");
    }
  }
  EXPECT_EQ(line, 3000);
}

TEST_F(LineChunksTest, TextsOfDifferentLengthAreRefused) {
  const auto read_all = [&](Index first, Index second, LineUse use) {
    LineChunkReader reader(Numbers("a", first), Numbers("b", second), use);
    for (LineChunk chunk; reader.Next(&chunk);) {
    }
  };
  EXPECT_THROW(read_all(3, 4, LineUse::kCollect), DataError);
  EXPECT_THROW(read_all(4, 3, LineUse::kAnswer), DataError);
  // Nothing is answered with nothing, but nothing can be learnt of it.
  EXPECT_THROW(read_all(0, 0, LineUse::kCollect), DataError);
  EXPECT_NO_THROW(read_all(0, 0, LineUse::kAnswer));
}

TEST_F(LineChunksTest, WhoWaitsForAnAnswerGetsWhatHasArrived) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  LineChunkReader reader("/dev/fd/" + std::to_string(ends[0]), "", LineUse::kAnswer);
  LineChunk chunk;
  for (const std::string text : {"one\ntwo\nthr", "ee\n"}) {
    ASSERT_EQ(write(ends[1], text.data(), text.size()), std::ssize(text));
    ASSERT_TRUE(reader.Next(&chunk));
    if (text.starts_with("one")) {
      EXPECT_THAT(chunk.first, ElementsAre("one", "two"));
    } else {
      EXPECT_THAT(chunk.first, ElementsAre("three"));
      EXPECT_EQ(chunk.first_line, 2);
    }
  }
  close(ends[1]);
  EXPECT_FALSE(reader.Next(&chunk));
  close(ends[0]);
}

}  // namespace
}  // namespace talmach
