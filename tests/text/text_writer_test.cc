#include "text/text_writer.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "support/temporary_directory.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

TEST(TextWriterTest, MakesAFileAppearWhenFinished) {
  const TemporaryDirectory directory;
  TextWriter writer(directory.Path("out"));
  writer.WriteLine("a");
  writer.WriteLine("");
  writer.Flush();
  EXPECT_FALSE(std::filesystem::exists(directory.Path("out")));
  writer.WriteLine("ä");
  writer.Finish();
  EXPECT_EQ(directory.Read("out"), "a\n\nä\n");
}

TEST(TextWriterTest, CompressesWhatIsNamedSo) {
  const TemporaryDirectory directory;
  for (const std::string name : {"out.gz", "out.zst"}) {
    TextWriter writer(directory.Path(name));
    for (int i = 0; i < 100'000; ++i) {
      writer.WriteLine("line " + std::to_string(i));
      if (i % 10'000 == 0) writer.Flush();
    }
    writer.Finish();
    const std::string bytes = directory.Read(name);
    EXPECT_THAT(bytes, StartsWith(name == "out.gz" ? "\x1f\x8b" : "\x28\xb5\x2f\xfd"));
    EXPECT_LT(bytes.size(), 400'000u);
    TextReader reader(directory.Path(name));
    std::string line;
    for (int i = 0; reader.ReadLine(&line); ++i) ASSERT_EQ(line, "line " + std::to_string(i));
    EXPECT_EQ(reader.num_lines(), 100'000);
  }
}

TEST(TextWriterTest, NothingIsAWholeCompressedFile) {
  const TemporaryDirectory directory;
  for (const std::string name : {"out.gz", "out.zst"}) {
    TextWriter(directory.Path(name)).Finish();
    std::string line;
    EXPECT_FALSE(TextReader(directory.Path(name)).ReadLine(&line));
  }
}

TEST(TextWriterTest, LeavesNothingWhenNotFinished) {
  const TemporaryDirectory directory;
  { TextWriter(directory.Path("out")).WriteLine("a"); }
  EXPECT_EQ(directory.NumFiles(), 0);
}

TEST(TextWriterTest, WritesMoreThanItsBuffer) {
  const TemporaryDirectory directory;
  TextWriter writer(directory.Path("out"));
  for (int i = 0; i < 1000; ++i) writer.WriteLine(std::string(997, 'x'));
  writer.Finish();
  EXPECT_EQ(directory.Read("out").size(), 998'000u);
}

TEST(TextWriterTest, WritesThroughAPipeWithoutReplacingIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writing([&] {
    TextWriter writer(path);
    writer.WriteLine("through");
    writer.Finish();
  });
  TextReader reader(path);
  std::string line;
  EXPECT_TRUE(reader.ReadLine(&line));
  EXPECT_EQ(line, "through");
  EXPECT_FALSE(reader.ReadLine(&line));
  writing.join();
  EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST(TextWriterTest, DistinguishesABrokenPipeFromOtherErrors) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  TextWriter writer("/dev/fd/" + std::to_string(ends[1]));
  close(ends[0]);
  writer.WriteLine("nobody reads this");
  EXPECT_THROW(writer.Flush(), BrokenPipeError);
  close(ends[1]);
  writer.Flush();  // what was lost is not written again

  TextWriter full("/dev/full");
  full.WriteLine("x");
  EXPECT_THAT([&] { full.Flush(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("/dev/full"), HasSubstr("No space left"))));
}

TEST(TextWriterTest, NamesWhatCannotBeCreated) {
  EXPECT_THAT([] { TextWriter("/no/such/directory/file"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("/no/such/directory/file"),
                                         HasSubstr("No such file or directory"))));
}

}  // namespace
}  // namespace talmach
