#include "text/text_reader.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "support/temporary_directory.h"
#include "text/compressed_text.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

class TextReaderTest : public ::testing::Test {
 protected:
  std::vector<std::string> Lines(const std::string& bytes, const std::string& name = "text",
                                 const TextReaderOptions& options = {}) {
    TextReader reader(directory_.Write(name, bytes), options);
    std::vector<std::string> lines;
    std::string line;
    while (reader.ReadLine(&line)) lines.push_back(line);
    EXPECT_EQ(reader.num_lines(), std::ssize(lines));
    repairs_ = reader.repairs();
    return lines;
  }

  TemporaryDirectory directory_;
  TextRepairs repairs_;
};

TEST_F(TextReaderTest, EndsLinesWithNewlinesOnly) {
  EXPECT_THAT(Lines(""), IsEmpty());
  EXPECT_THAT(Lines("\n"), ElementsAre(""));
  EXPECT_THAT(Lines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(Lines("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(Lines("a\u2028b\u0085c\vd\fe\rf\n"), ElementsAre("a\u2028b\u0085c\vd\fe\rf"));
  EXPECT_EQ(repairs_.repaired_lines, 0);
}

TEST_F(TextReaderTest, KeepsBytesOnRequestAndCountsAllTheSame) {
  EXPECT_THAT(Lines("\uFEFFa\xFF\r\nb\n", "text", {.keep_bytes = true}),
              ElementsAre("\uFEFFa\xFF\r", "b"));
  EXPECT_EQ(repairs_.repaired_lines, 1);
}

TEST_F(TextReaderTest, DropsTheCarriageReturnOfALineEnding) {
  EXPECT_THAT(Lines("a\r\n\r\nb\r"), ElementsAre("a", "", "b"));
  EXPECT_THAT(Lines("a\r\r\n"), ElementsAre("a\r"));
}

TEST_F(TextReaderTest, DropsAByteOrderMarkAtTheBeginningOnly) {
  EXPECT_THAT(Lines("\uFEFFa\n\uFEFFb\n"), ElementsAre("a", "\uFEFFb"));
  EXPECT_THAT(Lines("\uFEFF"), ElementsAre(""));
  EXPECT_THAT(Lines("\uFEFFa\n", "text", {.keep_byte_order_mark = true}), ElementsAre("\uFEFFa"));
}

TEST_F(TextReaderTest, ReplacesAndCountsWhatIsNotText) {
  using namespace std::string_literals;
  EXPECT_THAT(Lines("a\0b\n\xffok\n\xc3\ngood\n"s),
              ElementsAre("a\uFFFDb", "\uFFFDok", "\uFFFD", "good"));
  EXPECT_EQ(repairs_.repaired_lines, 3);
  EXPECT_EQ(repairs_.nul_lines, 1);
}

TEST_F(TextReaderTest, CutsLongLinesAtACharacter) {
  const TextReaderOptions options{.max_line_bytes = 4};
  EXPECT_THAT(Lines("12345\nabcd\n12ää\n123ä\n1€€\n", "text", options),
              ElementsAre("1234", "abcd", "12ä", "123", "1€"));
  EXPECT_EQ(repairs_.cut_lines, 4);
  EXPECT_EQ(repairs_.repaired_lines, 0);
}

TEST_F(TextReaderTest, ReadsLinesLongerThanItsBuffer) {
  const std::string line(200'000, 'x');
  EXPECT_THAT(Lines(line + "\n" + line), ElementsAre(line, line));
  EXPECT_THAT(Lines(std::string(3'000'000, 'y') + "\nz")[0].size(), 1 << 20);
  EXPECT_EQ(repairs_.cut_lines, 1);
}

TEST_F(TextReaderTest, Decompresses) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) text.append(std::to_string(i)).append("\n");
  for (const auto& lines : {Lines(Gzip(text), "text.gz"), Lines(Zstd(text), "text.zst")}) {
    ASSERT_EQ(lines.size(), 30'000u);
    EXPECT_EQ(lines[29'999], "29999");
  }
  EXPECT_THAT(Lines(Gzip(""), "empty.gz"), IsEmpty());
  EXPECT_THAT(Lines(Zstd(""), "empty.zst"), IsEmpty());
}

TEST_F(TextReaderTest, DecompressesConcatenatedFiles) {
  EXPECT_THAT(Lines(Gzip("a\n") + Gzip("b\n"), "text.gz"), ElementsAre("a", "b"));
  EXPECT_THAT(Lines(Zstd("a\n") + Zstd("b\n"), "text.zst"), ElementsAre("a", "b"));
}

TEST_F(TextReaderTest, RefusesWindowsThatTakeTooMuchMemory) {
  using namespace std::string_literals;
  const std::string magic = "\x28\xb5\x2f\xfd";
  const std::string empty_block = "\x01\x00\x00"s;
  const std::string window_of_32_mib = magic + "\x00\x78"s + empty_block;
  const std::string window_of_36_mib = magic + "\x00\x79"s + empty_block;
  const std::string segment_of_1_gib = magic + "\xa0\x00\x00\x00\x40"s + empty_block;
  EXPECT_THAT(Lines(window_of_32_mib, "text.zst"), IsEmpty());
  for (const std::string& bytes :
       {window_of_36_mib, segment_of_1_gib, Zstd("a\n") + window_of_36_mib}) {
    EXPECT_THAT([&] { Lines(bytes, "text.zst"); }, ThrowsMessage<DataError>(HasSubstr("--ultra")));
  }
}

TEST_F(TextReaderTest, RefusesDamagedCompressedFiles) {
  std::string text;
  RandomStream random(1);
  for (int i = 0; i < 30'000; ++i) text.append(std::to_string(random())).append("\n");
  for (const std::string name : {"t.gz", "t.zst"}) {
    const std::string good = name == "t.gz" ? Gzip(text) : Zstd(text);
    std::string flipped = good;
    flipped[good.size() / 2] ^= 1;
    for (const std::string& bad :
         {good.substr(0, good.size() / 2), good.substr(0, good.size() - 1), good.substr(0, 3),
          std::string("no such thing"), std::string(100, '\0'), flipped}) {
      EXPECT_THAT([&] { Lines(bad, name); },
                  ThrowsMessage<DataError>(AllOf(HasSubstr(name), HasSubstr("damaged"))))
          << bad.size() << " of " << good.size();
    }
  }
}

// Every byte of a compressed file counts, the checksum and length behind its body as well.
TEST_F(TextReaderTest, RefusesEveryTruncationAndSaysWhereTheFileEnds) {
  const std::string text = "one\ntwo\nthree, and four\n";
  for (const std::string name : {"t.gz", "t.zst"}) {
    const std::string one = name == "t.gz" ? Gzip(text) : Zstd(text);
    for (const std::string& whole : {one, one + one}) {
      for (std::size_t size = 0; size < whole.size(); ++size) {
        if (size == one.size()) continue;  // one whole member
        EXPECT_THAT([&] { Lines(whole.substr(0, size), name); },
                    ThrowsMessage<DataError>(HasSubstr("got the end of the file after " +
                                                       std::to_string(size) + " bytes")))
            << name << " of " << whole.size();
      }
    }
  }
}

TEST_F(TextReaderTest, RefusesWrongTrailersAndWhatStandsBehindThem) {
  const std::string good = Gzip("some text\n");
  for (std::size_t i = good.size() - 8; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    EXPECT_THAT([&] { Lines(bad, "t.gz"); },
                ThrowsMessage<DataError>(
                    AnyOf(HasSubstr("incorrect data check"), HasSubstr("incorrect length check"))));
  }
  std::string bad = Zstd("some text\n");
  bad.back() ^= 1;
  EXPECT_THAT([&] { Lines(bad, "t.zst"); }, ThrowsMessage<DataError>(HasSubstr("checksum")));
  EXPECT_THROW(Lines(good + "more", "t.gz"), DataError);
  EXPECT_THROW(Lines(Zstd("a\n") + "more", "t.zst"), DataError);
}

TEST_F(TextReaderTest, NamesWhatCannotBeOpenedOrRead) {
  EXPECT_THAT([&] { TextReader(directory_.Path("missing")); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("missing"), HasSubstr("No such file or directory"))));
  EXPECT_THAT(
      [&] {
        std::string line;
        TextReader(directory_.Path("")).ReadLine(&line);
      },
      ThrowsMessage<DataError>(HasSubstr("Is a directory")));
}

// Reads what a test writes, piece by piece.
class TextReaderOfAPipeTest : public ::testing::Test {
 protected:
  TextReaderOfAPipeTest() {
    if (pipe(ends_) != 0) throw std::runtime_error("no pipe");
  }
  ~TextReaderOfAPipeTest() override {
    close(ends_[0]);
    EndInput();
  }

  std::string path() const { return "/dev/fd/" + std::to_string(ends_[0]); }
  void Write(std::string_view bytes) {
    ASSERT_EQ(write(ends_[1], bytes.data(), bytes.size()), std::ssize(bytes));
  }
  void EndInput() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }

 private:
  int ends_[2];
};

TEST_F(TextReaderOfAPipeTest, KnowsWhetherALineHasArrived) {
  TextReader reader(path());
  std::string line;
  EXPECT_FALSE(reader.WaitForLine(0));
  Write("one\ntw");
  EXPECT_TRUE(reader.WaitForLine(0));
  ASSERT_TRUE(reader.ReadLine(&line));
  EXPECT_EQ(line, "one");
  EXPECT_FALSE(reader.WaitForLine(0)) << "half a line";
  Write("o\nlast");
  EXPECT_TRUE(reader.WaitForLine(0));
  ASSERT_TRUE(reader.ReadLine(&line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(reader.WaitForLine(0));
  EndInput();
  EXPECT_TRUE(reader.WaitForLine(0));
  ASSERT_TRUE(reader.ReadLine(&line));
  EXPECT_EQ(line, "last");
  EXPECT_TRUE(reader.WaitForLine(0));
  EXPECT_FALSE(reader.ReadLine(&line));
  EXPECT_EQ(reader.num_lines(), 3);
}

}  // namespace
}  // namespace talmach
