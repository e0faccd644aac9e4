#include "text/batch_iterator.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "text/compressed_text.h"
#include "text/tokenizer_fixture.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

bool operator==(const SentencePair& a, const SentencePair& b) {
  return a.source == b.source && a.target == b.target && a.line == b.line && a.corpus == b.corpus &&
         a.links == b.links;
}

bool Same(const TrainingBatch& a, const TrainingBatch& b) {
  return std::equal(a.batch.pairs.begin(), a.batch.pairs.end(), b.batch.pairs.begin(),
                    b.batch.pairs.end(), [](const auto& x, const auto& y) { return x == y; }) &&
         a.epoch == b.epoch && a.ends_epoch == b.ends_epoch && a.next == b.next;
}

class BatchIteratorTest : public ::testing::Test {
 protected:
  static constexpr Index kNumLines = 157;

  BatchIteratorTest() { WriteCorpus(MakeTinyCorpus(kNumLines)); }

  void WriteCorpus(const TinyCorpus& corpus) {
    directory_.Write("s", TinyCorpus::Join(corpus.source));
    directory_.Write("t", TinyCorpus::Join(corpus.target));
    std::string links;
    for (std::size_t i = 0; i < corpus.source.size(); ++i) links += "0-1 2-0\n";
    directory_.Write("l", links);
  }

  BatchIteratorOptions Options() const {
    return {.corpora = {{.source = directory_.Path("s"), .target = directory_.Path("t")}},
            .batch_sentences = 8,
            .window_batches = 5,
            .queue_batches = 3};
  }

  // Every way of making batches.
  std::vector<BatchIteratorOptions> Modes() const {
    auto tokens = Options();
    tokens.batch_sentences = 0;
    tokens.batch_tokens = 150;
    auto sampled = tokens;
    sampled.sampling_alpha = 0.2f;
    auto in_order = Options();
    in_order.shuffle = false;
    auto filtered = sampled;
    filtered.max_length = 30;
    auto linked = sampled;
    linked.corpora.front().links = directory_.Path("l");
    auto large_window = Options();
    large_window.window_batches = 1000;
    auto single = Options();
    single.batch_sentences = 1;
    single.window_batches = 1;
    return {Options(), tokens, sampled, in_order, filtered, linked, large_window, single};
  }

  // The same lines in three corpora: two files, which have a tag, and the columns of one, twice.
  BatchIteratorOptions MixedOptions(CorpusMixing mixing) const {
    const TinyCorpus corpus = MakeTinyCorpus(kNumLines);
    std::string columns;
    for (Index i = 0; i < kNumLines; ++i) {
      columns += corpus.target[i] + "\tignored\t" + corpus.source[i] + "\n";
    }
    BatchIteratorOptions options = Options();
    options.mixing.type = mixing;
    options.sampling_alpha = 0.2f;
    CorpusOptions& tagged = options.corpora.front();
    tagged.tag = "dog key";
    tagged.links = directory_.Path("l");
    tagged.weight = 6;
    options.corpora.push_back(
        {.tsv = directory_.Write("tsv", columns), .columns = {3, 1}, .weight = 1});
    options.corpora.push_back(
        {.tsv = directory_.Write("tsv.gz", Gzip(columns)), .columns = {3, 1}, .weight = 2});
    return options;
  }

  std::vector<TrainingBatch> Take(const BatchIteratorOptions& options, int count,
                                  const BatchIteratorState& state = {}) const {
    BatchIterator iterator(options, tokenizer_, tokenizer_, state);
    std::vector<TrainingBatch> batches;
    for (int i = 0; i < count; ++i) batches.push_back(iterator.Next());
    return batches;
  }

  std::vector<TrainingBatch> TakeEpochs(const BatchIteratorOptions& options, int num_epochs) const {
    BatchIterator iterator(options, tokenizer_, tokenizer_);
    std::vector<TrainingBatch> batches;
    while (num_epochs > 0) {
      batches.push_back(iterator.Next());
      num_epochs -= batches.back().ends_epoch;
    }
    return batches;
  }

  TemporaryDirectory directory_;
  std::shared_ptr<const Tokenizer> tokenizer_ = TinyTokenizer();
};

TEST_F(BatchIteratorTest, DeliversEveryPairOncePerEpoch) {
  for (const auto& options : Modes()) {
    if (options.max_length < 100) continue;
    std::map<Index, std::set<Index>> lines;
    Index sentences = 0;
    for (const TrainingBatch& batch : TakeEpochs(options, 3)) {
      for (const SentencePair& pair : batch.batch.pairs) {
        EXPECT_TRUE(lines[batch.epoch].insert(pair.line).second);
        EXPECT_EQ(pair.source.back(), kEndId);
        EXPECT_EQ(pair.target.back(), kEndId);
        ++sentences;
      }
      EXPECT_EQ(batch.next.sentences, sentences);
    }
    ASSERT_EQ(lines.size(), 3u);
    for (const auto& [epoch, seen] : lines) EXPECT_EQ(std::ssize(seen), kNumLines) << epoch;
  }
}

TEST_F(BatchIteratorTest, MixesAllLinesOfAllCorporaOrSharesThemByWeight) {
  for (const CorpusMixing mixing : {CorpusMixing::kAll, CorpusMixing::kWeights}) {
    std::vector<Index> counts(3);
    std::set<std::pair<Index, Index>> seen;
    Index num_mixed_batches = 0;
    for (const TrainingBatch& batch : TakeEpochs(MixedOptions(mixing), 1)) {
      std::set<Index> in_batch;
      for (const SentencePair& pair : batch.batch.pairs) {
        ++counts[pair.corpus];
        seen.emplace(pair.corpus, pair.line);
        in_batch.insert(pair.corpus);
      }
      num_mixed_batches += in_batch.size() > 1 ? 1 : 0;
    }
    const bool is_all = mixing == CorpusMixing::kAll;
    const std::vector<Index> expected =
        is_all ? std::vector<Index>(3, kNumLines) : std::vector<Index>{314, 52, 105};
    EXPECT_EQ(counts, expected);
    EXPECT_EQ(seen.size(), is_all ? 3 * kNumLines : kNumLines + 52 + 105);
    EXPECT_GT(num_mixed_batches, 30);
  }
}

// Its words come before those of the line, and the links keep to theirs.
TEST_F(BatchIteratorTest, PutsTheTagBeforeTheSourceAndCountsItNowhere) {
  const TinyCorpus corpus = MakeTinyCorpus(kNumLines);
  auto options = MixedOptions(CorpusMixing::kAll);
  options.max_length = 25;
  options.sampling_alpha = 0;
  std::vector<std::set<Index>> kept(3);
  for (const TrainingBatch& batch : TakeEpochs(options, 1)) {
    for (const SentencePair& pair : batch.batch.pairs) {
      kept[pair.corpus].insert(pair.line);
      const std::string tag = pair.corpus == 0 ? "dog key " : "";
      EXPECT_EQ(tokenizer_->Decode(pair.source), tag + corpus.source[pair.line]);
      EXPECT_EQ(tokenizer_->Decode(pair.target), corpus.target[pair.line]);
      EXPECT_EQ(pair.links.empty(), pair.corpus != 0);
      for (const AlignmentLink& link : pair.links) {
        const std::vector<TokenId> before(pair.source.begin(), pair.source.begin() + link.source);
        EXPECT_THAT(tokenizer_->Decode(before), ::testing::StartsWith("dog key"));
      }
    }
  }
  EXPECT_LT(std::ssize(kept[0]), kNumLines);
  EXPECT_EQ(kept[0], kept[1]);
}

TEST_F(BatchIteratorTest, AnEmptyLineStaysEmptyBehindItsTag) {
  WriteCorpus({.source = {"", "a"}, .target = {"b", "b"}});
  auto options = Options();
  options.corpora.front().tag = "dog";
  EXPECT_EQ(TakeEpochs(options, 1).back().left_out->num_empty, 1);
}

TEST_F(BatchIteratorTest, GoesOnExactlyWhereItStoppedInAMixture) {
  for (const CorpusMixing mixing : {CorpusMixing::kAll, CorpusMixing::kWeights}) {
    const auto options = MixedOptions(mixing);
    constexpr int kCount = 130;  // an epoch has 59
    const auto whole = Take(options, kCount);
    for (const int stop : {1, 27, 59, 60, 61, 118}) {
      const auto rest = Take(options, kCount - stop, whole[stop - 1].next);
      for (int i = stop; i < kCount; ++i) {
        ASSERT_TRUE(Same(rest[i - stop], whole[i])) << "stop " << stop << ", batch " << i;
      }
    }
  }
}

TEST_F(BatchIteratorTest, ChecksumsKnowTheColumns) {
  auto options = MixedOptions(CorpusMixing::kAll);
  const auto checksums = BatchIterator(options, tokenizer_, tokenizer_).checksums();
  ASSERT_EQ(checksums.size(), 3u);
  EXPECT_NE(checksums[1].source, checksums[1].target);
  EXPECT_EQ(checksums[1], checksums[2]) << "the same text, compressed";
  std::swap(options.corpora[1].columns[0], options.corpora[1].columns[1]);
  EXPECT_EQ(BatchIterator(options, tokenizer_, tokenizer_).checksums()[1].source,
            checksums[1].target);
}

TEST_F(BatchIteratorTest, NamesTheLineOfATableThatLacksAColumn) {
  auto options = Options();
  options.corpora = {{.tsv = directory_.Write("tsv", "a\tb\nc\n")}};
  EXPECT_THAT([&] { TakeEpochs(options, 1); },
              ThrowsMessage<DataError>(HasSubstr("tsv:2: a column is missing")));
}

TEST_F(BatchIteratorTest, TokenizesTheLinesItNames) {
  const TinyCorpus corpus = MakeTinyCorpus(kNumLines);
  auto options = Options();
  options.sampling_alpha = 0.3f;
  for (const TrainingBatch& batch : TakeEpochs(options, 1)) {
    for (const SentencePair& pair : batch.batch.pairs) {
      EXPECT_EQ(tokenizer_->Decode(pair.source), corpus.source[pair.line]);
      EXPECT_EQ(tokenizer_->Decode(pair.target), corpus.target[pair.line]);
    }
  }
}

// k batches, a stop, and the rest: the same as without the stop, wherever it is made.
TEST_F(BatchIteratorTest, GoesOnExactlyWhereItStopped) {
  for (const auto& options : Modes()) {
    constexpr int kCount = 60;
    const auto whole = Take(options, kCount);
    for (int stop = 1; stop < kCount; stop += 13) {
      const auto rest = Take(options, kCount - stop, whole[stop - 1].next);
      for (int i = stop; i < kCount; ++i) {
        ASSERT_TRUE(Same(rest[i - stop], whole[i])) << "stop " << stop << ", batch " << i;
      }
    }
  }
}

TEST_F(BatchIteratorTest, DependsOnSeedAndEpoch) {
  auto options = Options();
  options.sampling_alpha = 0.3f;
  const auto first = TakeEpochs(options, 2);
  options.seed = 2;
  EXPECT_FALSE(Same(TakeEpochs(options, 1)[0], first[0]));
  std::map<Index, std::vector<Index>> order;
  for (const auto& batch : first) {
    for (const auto& pair : batch.batch.pairs) order[batch.epoch].push_back(pair.line);
  }
  EXPECT_NE(order[1], order[2]);
}

TEST_F(BatchIteratorTest, SamplesALineAnewInEachEpoch) {
  auto options = Options();
  options.sampling_alpha = 0.2f;
  std::map<Index, std::set<std::vector<TokenId>>> segmentations;
  for (const auto& batch : TakeEpochs(options, 4)) {
    for (const auto& pair : batch.batch.pairs) segmentations[pair.line].insert(pair.target);
  }
  for (const auto& [line, seen] : segmentations) EXPECT_GT(seen.size(), 1u) << line;
}

TEST_F(BatchIteratorTest, LinksFollowTheWordsThroughEverySegmentation) {
  auto options = Options();
  options.sampling_alpha = 0.2f;
  options.corpora.front().links = directory_.Path("l");
  const auto tokenizer = TinyTokenizer();
  // The pieces of a word: from the one with the mark to the next such one.
  const auto word_of = [&](const std::vector<TokenId>& tokens, Index piece) {
    Index word = -1;
    for (Index i = 0; i <= piece; ++i) {
      word += i == 0 || tokenizer->PieceOf(tokens[i]).starts_with("\u2581") ? 1 : 0;
    }
    return word;
  };
  for (const auto& batch : TakeEpochs(options, 2)) {
    for (const auto& pair : batch.batch.pairs) {
      std::set<std::pair<Index, Index>> expected;
      for (Index s = 0; s + 1 < std::ssize(pair.source); ++s) {
        for (Index t = 0; t + 1 < std::ssize(pair.target); ++t) {
          const auto words = std::pair(word_of(pair.source, s), word_of(pair.target, t));
          if (words == std::pair<Index, Index>(0, 1) || words == std::pair<Index, Index>(2, 0)) {
            expected.emplace(s, t);
          }
        }
      }
      std::set<std::pair<Index, Index>> links;
      for (const AlignmentLink& link : pair.links) links.emplace(link.source, link.target);
      EXPECT_EQ(links, expected) << pair.line;
    }
  }
}

TEST_F(BatchIteratorTest, RefusesLinksThatDoNotFit) {
  auto options = Options();
  options.corpora.front().links = directory_.Path("l");
  const auto message = [&](const std::string& links) {
    directory_.Write("l", links);
    try {
      TakeEpochs(options, 1);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto with_line_3 = [&](const std::string& line) {
    std::string links = "0-0\n0-0\n" + line + "\n";
    for (Index i = 3; i < kNumLines; ++i) links += "\n";
    return links;
  };
  EXPECT_EQ(message(with_line_3("0-0")), "no error");
  EXPECT_THAT(message(with_line_3("0:0")), AllOf(HasSubstr("l:3: "), HasSubstr("0:0")));
  EXPECT_THAT(message(with_line_3("99-0")), AllOf(HasSubstr("l:3: "), HasSubstr("source word")));
  EXPECT_THAT(message(with_line_3("0-77")), AllOf(HasSubstr("l:3: "), HasSubstr("target word")));
  EXPECT_THAT(message("0-0\n"), AllOf(HasSubstr("expected 157 lines"), HasSubstr("got 1")));
}

TEST_F(BatchIteratorTest, KeepsToItsBudget) {
  for (const auto& options : Modes()) {
    Index num_batches = 0;
    Index num_tokens = 0;
    for (const auto& batch : TakeEpochs(options, 1)) {
      ASSERT_FALSE(batch.batch.pairs.empty());
      if (options.batch_sentences > 0) {
        EXPECT_LE(std::ssize(batch.batch.pairs), options.batch_sentences);
      } else {
        EXPECT_LE(batch.batch.num_target_tokens(), options.batch_tokens);
      }
      num_tokens += batch.batch.num_target_tokens();
      ++num_batches;
    }
    EXPECT_GE(num_tokens, num_batches * options.batch_tokens / 2);
  }
}

TEST_F(BatchIteratorTest, GivesAPairBeyondTheBudgetABatchOfItsOwn) {
  auto options = Options();
  options.batch_sentences = 0;
  options.batch_tokens = 1;
  const auto batches = TakeEpochs(options, 1);
  EXPECT_EQ(std::ssize(batches), kNumLines);
}

TEST_F(BatchIteratorTest, PutsPairsOfSimilarLengthTogetherLongestFirst) {
  auto options = Options();
  options.window_batches = 1000;
  Index longest_minus_shortest = 0;
  for (const auto& batch : TakeEpochs(options, 1)) {
    const auto& pairs = batch.batch.pairs;
    for (std::size_t i = 1; i < pairs.size(); ++i) {
      EXPECT_GE(pairs[i - 1].target.size(), pairs[i].target.size());
    }
    longest_minus_shortest += std::ssize(pairs.front().target) - std::ssize(pairs.back().target);
  }
  // 20 batches whose ranges tile the range of all lengths, which is below 40.
  EXPECT_LT(longest_minus_shortest, 40);
}

TEST_F(BatchIteratorTest, LeavesOutTheSameLinesInEveryEpoch) {
  auto options = Options();
  options.max_length = 25;
  options.sampling_alpha = 0.1f;
  std::map<Index, std::set<Index>> lines;
  for (const auto& batch : TakeEpochs(options, 3)) {
    for (const auto& pair : batch.batch.pairs) {
      lines[batch.epoch].insert(pair.line);
      EXPECT_LE(std::ssize(pair.source), 26);
      EXPECT_LE(std::ssize(pair.target), 26);
    }
  }
  EXPECT_LT(std::ssize(lines[1]), kNumLines);
  EXPECT_EQ(lines[1], lines[2]);
  EXPECT_EQ(lines[1], lines[3]);
}

// Wherever it was stopped in between, the counts are those of the whole first epoch.
TEST_F(BatchIteratorTest, CountsWhatTheFirstEpochLeavesOut) {
  TinyCorpus corpus = MakeTinyCorpus(kNumLines);
  for (const Index line : {3, 80, 150}) corpus.target[line] = "";
  WriteCorpus(corpus);
  auto options = Options();
  options.max_length = 25;
  std::optional<LengthFilter> expected;
  for (const auto& batch : TakeEpochs(options, 2)) {
    EXPECT_EQ(batch.left_out.has_value(), batch.ends_epoch && batch.epoch == 1);
    if (batch.left_out) expected = batch.left_out;
  }
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->num_empty, 3);
  EXPECT_GT(expected->num_too_long, 0);
  EXPECT_EQ(expected->num_kept + expected->num_left_out(), kNumLines);
  BatchIteratorState state;
  for (;;) {
    const TrainingBatch batch = Take(options, 1, state)[0];
    state = batch.next;
    if (!batch.ends_epoch) continue;
    EXPECT_EQ(batch.left_out->Summary(), expected->Summary());
    break;
  }
}

// The last usable line may lie anywhere: the epoch ends with the last batch, not with the file.
TEST_F(BatchIteratorTest, EndsAnEpochWhoseRestIsUnusable) {
  TinyCorpus corpus = MakeTinyCorpus(40);
  for (Index i = 9; i < 40; ++i) corpus.source[i] = "";
  WriteCorpus(corpus);
  auto options = Options();
  options.shuffle = false;
  options.batch_sentences = 3;
  options.window_batches = 1;
  const auto batches = Take(options, 6);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(batches[i].ends_epoch, i % 3 == 2) << i;
  EXPECT_TRUE(Same(Take(options, 1, batches[2].next)[0], batches[3]));
}

TEST_F(BatchIteratorTest, ReadsCompressedFilesAlike) {
  const TinyCorpus corpus = MakeTinyCorpus(kNumLines);
  auto packed = Options();
  packed.corpora.front().source = directory_.Write("s.gz", Gzip(TinyCorpus::Join(corpus.source)));
  packed.corpora.front().target = directory_.Write("t.zst", Zstd(TinyCorpus::Join(corpus.target)));
  const auto expected = Take(Options(), 30);
  const auto got = Take(packed, 30);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(Same(got[i], expected[i])) << i;
}

TEST_F(BatchIteratorTest, StopsWhileItsQueueIsFull) {
  const BatchIterator iterator(Options(), tokenizer_, tokenizer_);
  EXPECT_EQ(iterator.num_lines(), kNumLines);
}

TEST_F(BatchIteratorTest, RefusesUnusableCorpora) {
  directory_.Write("t", "only one line\n");
  EXPECT_THAT([&] { Take(Options(), 1); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("157 and 1"), HasSubstr("/s and "))));
  WriteCorpus({});
  EXPECT_THAT([&] { Take(Options(), 1); }, ThrowsMessage<DataError>(HasSubstr("empty")));
  WriteCorpus({.source = {"", ""}, .target = {"a", "b"}});
  EXPECT_THAT([&] { Take(Options(), 1); }, ThrowsMessage<DataError>(HasSubstr("2 empty")));
  std::filesystem::remove(directory_.Path("s"));
  EXPECT_THAT([&] { Take(Options(), 1); }, ThrowsMessage<DataError>(HasSubstr("No such file")));
}

TEST_F(BatchIteratorTest, ReportsAFailureOfItsThread) {
  auto options = Options();
  options.window_batches = 1;
  options.queue_batches = 1;
  BatchIterator iterator(options, tokenizer_, tokenizer_);
  iterator.Next();
  std::filesystem::resize_file(directory_.Path("s"), 5);
  EXPECT_THAT(
      [&] {
        while (true) iterator.Next();
      },
      ThrowsMessage<DataError>(HasSubstr("changed")));
  EXPECT_THROW(iterator.Next(), DataError);
}

TEST_F(BatchIteratorTest, RefusesImpossibleOptions) {
  const auto expect_refused = [this](auto change, const std::string& key) {
    auto options = Options();
    change(options);
    EXPECT_THAT([&] { Take(options, 1); }, ThrowsMessage<ConfigError>(HasSubstr(key)));
  };
  expect_refused([](auto& options) { options.batch_tokens = 9; }, "batch_tokens");
  expect_refused([](auto& options) { options.batch_sentences = 0; }, "batch_sentences");
  expect_refused([](auto& options) { options.batch_sentences = -1; }, "batch_sentences");
  expect_refused([](auto& options) { options.max_length = 0; }, "max_length");
  expect_refused([](auto& options) { options.sampling_alpha = -0.5f; }, "sampling_alpha");
  expect_refused([](auto& options) { options.sampling_alpha = 100.5f; }, "from 0 (off) to 100");
  expect_refused([](auto& options) { options.window_batches = 0; }, "window_batches");
  expect_refused([](auto& options) { options.queue_batches = 0; }, "queue_batches");
}

TEST_F(BatchIteratorTest, RefusesAStateOfAnotherCorpus) {
  for (const BatchIteratorState& state :
       {BatchIteratorState{.epoch = 0}, BatchIteratorState{.window_position = kNumLines},
        BatchIteratorState{.window_position = -1}, BatchIteratorState{.batch_in_window = 5},
        BatchIteratorState{.batch_in_window = -1}}) {
    EXPECT_THAT([&] { Take(Options(), 1, state); }, ThrowsMessage<DataError>(HasSubstr("changed")));
  }
}

}  // namespace
}  // namespace talmach
