// A line's translation is a function of the line alone: the same by itself, in any batch, in any
// order, whatever the number of workers, in every precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "search/toy_model.h"
#include "search/translator.h"
#include "support/temporary_directory.h"
#include "text/tokenizer_trainer.h"

namespace talmach {
namespace {

constexpr const char* kWords[] = {"the", "a",   "dog",    "cat",    "old",  "and",  "sees",
                                  "all", "day", "sleeps", "garden", "runs", "house"};

// Sentences of 0 to 20 words.
std::vector<std::string> RandomLines(Index count, std::uint64_t seed) {
  RandomStream random(seed);
  std::vector<std::string> lines(static_cast<std::size_t>(count));
  for (std::string& line : lines) {
    const auto num_words = random.Below(21);
    for (std::uint64_t i = 0; i < num_words; ++i) {
      line += (i > 0 ? " " : "") + std::string(kWords[random.Below(std::size(kWords))]);
    }
  }
  return lines;
}

std::shared_ptr<const Tokenizer> MakeTokenizer() {
  const TemporaryDirectory directory;
  std::string text;
  for (const std::string& line : RandomLines(300, 1)) text += line + "\n";
  const auto result = TrainTokenizer({.inputs = {directory.Write("text", text)},
                                      .model_prefix = directory.Path("joint"),
                                      .vocabulary_size = 60});
  return Tokenizer::Load(result.model_path);
}

// All kinds of widths: multiples of what the kernels like, and not.
ModelConfig Config(bool conditional) {
  ModelConfig config;
  config.embedding_size = config.readout.size = conditional ? 64 : 72;
  config.encoder = {.layers = conditional ? 1 : 2, .hidden_size = 48, .layer_norm = !conditional};
  config.decoder.type = conditional ? DecoderType::kConditional : DecoderType::kBahdanau;
  config.decoder.hidden_size = 80;
  config.attention.size = 33;
  return config;
}

std::string NameOf(Precision precision) {
  if (precision == Precision::kInt8) return "Int8";
  return precision == Precision::kFloat32 ? "Float32" : "BFloat16";
}

class BatchInvarianceTest : public testing::TestWithParam<Precision> {
 protected:
  static void SetUpTestSuite() { tokenizer_ = MakeTokenizer(); }
  static void TearDownTestSuite() { tokenizer_.reset(); }

  void UseModel(bool conditional) {
    const VocabularySizes sizes = {tokenizer_->size(), tokenizer_->size()};
    model_ = MakeModel(Config(conditional), sizes, GetParam(), 5);
  }

  std::vector<Translation> Translate(TranslatorOptions options,
                                     const std::vector<std::string>& lines) const {
    options.beam.max_length_factor = 1.5;
    options.beam.n_best = options.beam.beam_size;
    return Translator({model_}, tokenizer_, tokenizer_, options).Translate(lines);
  }

  void ExpectSame(const Translation& actual, const Translation& expected) const {
    ASSERT_EQ(actual.candidates.size(), expected.candidates.size());
    for (std::size_t k = 0; k < expected.candidates.size(); ++k) {
      EXPECT_EQ(actual.candidates[k].text, expected.candidates[k].text);
      EXPECT_EQ(actual.candidates[k].score, expected.candidates[k].score);
      EXPECT_EQ(actual.candidates[k].piece_scores, expected.candidates[k].piece_scores);
      EXPECT_EQ(actual.candidates[k].attention.weights, expected.candidates[k].attention.weights);
    }
  }

  static std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const InferenceModel> model_;
};

std::shared_ptr<const Tokenizer> BatchInvarianceTest::tokenizer_;

TEST_P(BatchInvarianceTest, BatchesOrderAndWorkersChangeNothing) {
  const std::vector<std::string> lines = RandomLines(300, 2);
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(3);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[random.Below(i + 1)]);
  }
  std::vector<std::string> shuffled;
  for (const std::size_t line : order) shuffled.push_back(lines[line]);

  for (const bool conditional : {false, true}) {
    UseModel(conditional);
    const std::vector<Translation> alone = Translate({.mini_batch = 1}, lines);
    for (const auto& [mini_batch, threads] : {std::pair<Index, Index>{7, 1}, {64, 1}, {64, 3}}) {
      const auto together = Translate({.mini_batch = mini_batch, .threads = threads}, shuffled);
      for (std::size_t i = 0; i < order.size(); ++i) ExpectSame(together[i], alone[order[i]]);
      if (HasFailure()) FAIL() << "mini-batch " << mini_batch << ", threads " << threads;
    }
  }
}

// Each word may become a few pieces; some are common. The pieces of a batch together are many more
// than those of a line.
TEST_P(BatchInvarianceTest, NeighboursCandidatesChangeNothing) {
  const std::vector<std::string> lines = RandomLines(200, 5);
  const auto size = static_cast<TokenId>(tokenizer_->size());
  std::vector<std::vector<TokenId>> lists(static_cast<std::size_t>(size));
  RandomStream random(8);
  for (std::vector<TokenId>& list : lists) {
    for (int i = 0; i < 2; ++i) list.push_back(static_cast<TokenId>(random.Below(size)));
  }
  const auto shortlist = std::make_shared<const Shortlist>(
      Shortlist::Vocabularies{size, size, tokenizer_->Hash(), tokenizer_->Hash()},
      std::vector<TokenId>{5, 6}, lists);
  for (const bool conditional : {false, true}) {
    UseModel(conditional);
    const auto alone = Translate({.mini_batch = 1, .shortlist = shortlist}, lines);
    for (const auto& [mini_batch, threads] : {std::pair<Index, Index>{7, 1}, {64, 3}}) {
      const auto together =
          Translate({.mini_batch = mini_batch, .threads = threads, .shortlist = shortlist}, lines);
      for (std::size_t i = 0; i < lines.size(); ++i) ExpectSame(together[i], alone[i]);
      if (HasFailure()) FAIL() << "mini-batch " << mini_batch << ", threads " << threads;
    }
  }
}

// Lines for less than a batch are divided among the threads.
TEST_P(BatchInvarianceTest, ThreadsForFewLinesChangeNothing) {
  const std::vector<std::string> lines = RandomLines(20, 4);
  UseModel(true);
  const auto one = Translate({.mini_batch = 64, .threads = 1}, lines);
  const auto two = Translate({.mini_batch = 64, .threads = 2}, lines);
  for (std::size_t i = 0; i < lines.size(); ++i) ExpectSame(two[i], one[i]);
}

TEST_P(BatchInvarianceTest, SamplesDependOnTheLineAlone) {
  const std::vector<std::string> lines = RandomLines(60, 6);
  UseModel(true);
  TranslatorOptions options{.sampling = SamplingOptions{.seed = 9}, .mini_batch = 1};
  options.beam.beam_size = 1;
  const auto alone = Translate(options, lines);
  options.mini_batch = 16;
  options.threads = 2;
  const auto together = Translate(options, lines);
  for (std::size_t i = 0; i < lines.size(); ++i) ExpectSame(together[i], alone[i]);
}

// Where bfloat16 is not fast, the program uses float32 instead.
std::vector<Precision> Precisions() {
  std::vector<Precision> precisions = {Precision::kFloat32, Precision::kInt8};
  if (BFloat16IsFast()) precisions.push_back(Precision::kBFloat16);
  return precisions;
}

INSTANTIATE_TEST_SUITE_P(All, BatchInvarianceTest, testing::ValuesIn(Precisions()),
                         [](const auto& of_test) { return NameOf(of_test.param); });

}  // namespace
}  // namespace talmach
