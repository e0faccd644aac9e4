#include "text/line_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/checksum.h"
#include "base/error.h"
#include "base/random.h"
#include "support/temporary_directory.h"
#include "text/compressed_text.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string RandomText(std::uint64_t seed, Index num_bytes) {
  // Pieces of trouble: endings, marks, halves of characters, long stretches.
  const std::string pieces[] = {"\n",
                                "\r\n",
                                "\n\n",
                                "a",
                                "ä",
                                "\xc3",
                                "\xEF\xBB\xBF",
                                std::string(1, '\0'),
                                "\u2028",
                                std::string(5000, 'x')};
  RandomStream random(seed);
  std::string text;
  while (std::ssize(text) < num_bytes) text += pieces[random.Below(std::size(pieces))];
  return text;
}

TEST(LineFileTest, TheChecksumIsThatOfTheUnpackedBytes) {
  const TemporaryDirectory directory;
  const std::string text = RandomText(1, 200'000);  // several reads
  std::string other = text;
  other[150'000] ^= 1;
  EXPECT_EQ(LineFile(directory.Write("text", text)).checksum(), ChecksumOf(text));
  EXPECT_EQ(LineFile(directory.Write("text.gz", Gzip(text))).checksum(), ChecksumOf(text));
  EXPECT_NE(LineFile(directory.Write("text", other)).checksum(), ChecksumOf(text));
}

// TextReader, which reads in order, is the oracle of LineFile, which reads at will.
TEST(LineFileTest, ReadsTheLinesOfTextReaderInAnyOrder) {
  const TemporaryDirectory directory;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TextReaderOptions options{.max_line_bytes = 9000};
    const std::string path = directory.Write("text", RandomText(seed, 100'000));
    TextReader reader(path, options);
    std::vector<std::string> expected;
    for (std::string line; reader.ReadLine(&line);) expected.push_back(line);

    LineFile file(path, options);
    ASSERT_EQ(file.num_lines(), std::ssize(expected));
    TextRepairs repairs;
    for (Index i = file.num_lines() - 1; i >= 0; --i) {
      std::string line;
      file.Read(i, &line, &repairs);
      ASSERT_EQ(line, expected[i]) << i;
    }
    EXPECT_EQ(repairs.repaired_lines, reader.repairs().repaired_lines);
    EXPECT_EQ(repairs.cut_lines, reader.repairs().cut_lines);
  }
}

TEST(LineFileTest, CountsLines) {
  const TemporaryDirectory directory;
  for (const auto& [text, count] : {std::pair("", 0), std::pair("a", 1), std::pair("a\n", 1),
                                    std::pair("\n\n", 2), std::pair("\na", 2)}) {
    EXPECT_EQ(LineFile(directory.Write("text", text)).num_lines(), count) << text;
  }
  EXPECT_EQ(LineFile(directory.Write("text", std::string(100'000, '\n'))).num_lines(), 100'000);
}

TEST(LineFileTest, UnpacksWhatCannotBeReadAtWill) {
  const TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  for (const std::string& path :
       {directory.Write("t.gz", Gzip(text)), directory.Write("t.zst", Zstd(text))}) {
    LineFile file(path);
    EXPECT_EQ(file.num_lines(), 50'000);
    std::string line;
    TextRepairs repairs;
    file.Read(43'210, &line, &repairs);
    EXPECT_EQ(line, "line 43210");
  }
}

TEST(LineFileTest, RefusesWhatCannotBeReadTwiceAndSaysWhy) {
  const TemporaryDirectory directory;
  const std::string pipe = directory.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto reason = [](const std::string& path) {
    try {
      LineFile file(path);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const auto& [path, got] :
       {std::pair(pipe, "a pipe"), std::pair(std::string("/dev/zero"), "a device"),
        std::pair(std::string("-"), "a stream"), std::pair(directory.Path(""), "a directory")}) {
    EXPECT_THAT(reason(path), HasSubstr("training reads its text more than once"));
    EXPECT_THAT(reason(path), HasSubstr(std::string("got ") + got));
  }
  EXPECT_THAT(reason(directory.Path("missing")), HasSubstr("No such file"));
}

TEST(LineFileTest, NoticesAFileThatShrinks) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("text", std::string(1000, '\n'));
  LineFile file(path);
  std::filesystem::resize_file(path, 10);
  std::string line;
  TextRepairs repairs;
  EXPECT_THAT([&] { file.Read(999, &line, &repairs); },
              ThrowsMessage<DataError>(HasSubstr("changed")));
}

TEST(LineFileTest, RefusesLinesItDoesNotHave) {
  const TemporaryDirectory directory;
  LineFile file(directory.Write("text", "a\n"));
  std::string line;
  TextRepairs repairs;
  EXPECT_THROW(file.Read(1, &line, &repairs), std::logic_error);
  EXPECT_THROW(file.Read(-1, &line, &repairs), std::logic_error);
  EXPECT_THROW(LineFile(directory.Path("missing")), DataError);
  EXPECT_THROW(LineFile(directory.Path("")), Error);
}

}  // namespace
}  // namespace talmach
