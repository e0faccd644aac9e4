#include "text/corpus.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "text/corpus_options.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class CorpusTest : public ::testing::Test {
 protected:
  void Write(const std::string& source, const std::string& target) {
    directory_.Write("s", source);
    directory_.Write("t", target);
  }
  void ReadAll() {
    ParallelCorpus corpus(source_, target_);
    std::string source;
    std::string target;
    while (corpus.Next(&source, &target)) continue;
  }

  TemporaryDirectory directory_;
  std::string source_ = directory_.Path("s");
  std::string target_ = directory_.Path("t");
};

TEST_F(CorpusTest, ReadsPairsInOrder) {
  Write("a\n\nc", "A\nB\nC\n");
  ParallelCorpus corpus(source_, target_);
  std::string source;
  std::string target;
  std::string seen;
  while (corpus.Next(&source, &target)) seen += source + "=" + target + ";";
  EXPECT_EQ(seen, "a=A;=B;c=C;");
  EXPECT_EQ(corpus.num_pairs(), 3);
}

TEST_F(CorpusTest, ReadsColumnsOfOneFile) {
  const std::string path = directory_.Write("tsv", "a\tb\tc\r\n\t\t\nd\te\tf\tg\n");
  const CorpusOptions options{.tsv = path, .columns = {3, 1}};
  ParallelCorpus corpus(options.SourceSide(), options.TargetSide());
  std::string source;
  std::string target;
  std::string seen;
  while (corpus.Next(&source, &target)) seen += source + "=" + target + ";";
  EXPECT_EQ(seen, "c=a;=;f=d;");
}

TEST_F(CorpusTest, NamesTheLineThatLacksAColumn) {
  source_ = directory_.Write("tsv", "a\tb\nc\n");
  const auto read = [&] {
    ParallelCorpus corpus(CorpusSide(source_, 1), CorpusSide(source_, 2));
    std::string source;
    std::string target;
    while (corpus.Next(&source, &target)) continue;
  };
  EXPECT_THAT(read, ThrowsMessage<DataError>(
                        source_ + ":2: a column is missing; expected at least 2 columns separated "
                                  "by tabs, got 1"));
}

TEST(CorpusOptionsTest, ACorpusIsCalledAfterItsFirstFile) {
  EXPECT_EQ((CorpusOptions{.source = "a/news.de.gz"}).DisplayName(), "news.de");
  EXPECT_EQ((CorpusOptions{.tsv = "a/pairs.tsv.zst"}).DisplayName(), "pairs.tsv");
  EXPECT_EQ((CorpusOptions{.source = "a/news.de", .name = "news"}).DisplayName(), "news");
}

TEST_F(CorpusTest, NamesBothFilesAndCountsWhenTheyDiffer) {
  Write("1\n2\n3\n4\n5\n", "1\n2\n3\n");
  EXPECT_THAT([&] { ReadAll(); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr(source_), HasSubstr(target_), HasSubstr("5 and 3"))));
  Write("", "1\n");
  EXPECT_THAT([&] { ReadAll(); }, ThrowsMessage<DataError>(HasSubstr("0 and 1")));
}

TEST_F(CorpusTest, RefusesAnEmptyCorpus) {
  Write("", "");
  EXPECT_THAT([&] { ReadAll(); }, ThrowsMessage<DataError>(HasSubstr("empty")));
}

TEST(LengthFilterTest, CountsWhatItLeavesOut) {
  LengthFilter filter{.max_length = 5};
  EXPECT_TRUE(filter.Keep(5, 1));
  EXPECT_FALSE(filter.Keep(6, 1));
  EXPECT_FALSE(filter.Keep(1, 6));
  EXPECT_FALSE(filter.Keep(0, 9));
  EXPECT_FALSE(filter.Keep(1, 0));
  EXPECT_EQ(filter.num_kept, 1);
  EXPECT_EQ(filter.Summary(), "2 empty and 2 longer than 5 tokens of 5 pairs left out");
}

TEST(LengthFilterTest, KeepsAnyLengthWithoutALimit) {
  LengthFilter filter;
  EXPECT_TRUE(filter.Keep(1'000'000, 1));
  EXPECT_EQ(filter.Summary(), "");
}

}  // namespace
}  // namespace talmach
