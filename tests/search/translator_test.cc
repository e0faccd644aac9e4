#include "search/translator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "search/toy_model.h"
#include "support/temporary_directory.h"
#include "text/tokenizer_trainer.h"

namespace talmach {
namespace {

using Models = std::vector<std::shared_ptr<const InferenceModel>>;

// A SentencePiece model of a few letters and words, shared by all tests.
class TranslatorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const TemporaryDirectory directory;
    const std::string prefix = directory.Path("joint");
    const std::string text = prefix + ".txt";
    {
      std::ofstream file(text);
      for (int i = 0; i < 50; ++i) {
        file << "the dog sees a cat\na cat and the dog run\nthe old cat sleeps all day\n";
      }
    }
    const auto result =
        TrainTokenizer({.inputs = {text}, .model_prefix = prefix, .vocabulary_size = 40});
    tokenizer_ = Tokenizer::Load(result.model_path);
  }
  static void TearDownTestSuite() { tokenizer_.reset(); }

  static std::shared_ptr<const InferenceModel> Model(std::uint64_t seed) {
    return MakeToyModel(seed, {tokenizer_->size(), tokenizer_->size()});
  }

  static Translator MakeTranslator(const TranslatorOptions& options, const Models& models) {
    return Translator(models, tokenizer_, tokenizer_, options);
  }

  static std::vector<std::string> Lines() {
    return {"the dog sees a cat",
            "",
            "a cat",
            "   ",
            "the old cat and the old dog run",
            "dog",
            "cat cat cat",
            "the dog sees a cat",
            "all day the cat sleeps"};
  }

  static std::shared_ptr<const Tokenizer> tokenizer_;
};

std::shared_ptr<const Tokenizer> TranslatorTest::tokenizer_;

TEST_F(TranslatorTest, LeavesLinesThatAreGivenUpWithoutCandidates) {
  const std::vector<std::string> lines = Lines();
  for (const Index threads : {1, 3}) {
    const Translator translator = MakeTranslator({.mini_batch = 2, .threads = threads}, {Model(1)});
    const std::vector<Translation> expected = translator.Translate(lines);
    const std::vector<Translation> results =
        translator.Translate(lines, {}, 0, [](Index line) { return line == 4 || line == 5; });
    ASSERT_EQ(results.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(results[i].candidates.empty(), i == 4 || i == 5) << i;
      if (!results[i].candidates.empty()) {
        EXPECT_EQ(results[i].best().text, expected[i].best().text);
      }
    }
  }
}

TEST_F(TranslatorTest, GivesALineForEachLineInOrder) {
  const std::vector<std::string> lines = Lines();
  const Translator translator = MakeTranslator({.mini_batch = 2}, {Model(1)});
  const std::vector<Translation> results = translator.Translate(lines, {}, /*first_line=*/100);
  ASSERT_EQ(results.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const ScoredText& best = results[i].best();
    EXPECT_EQ(best.attention.line, static_cast<Index>(100 + i));
    const bool blank = lines[i].find_first_not_of(' ') == std::string::npos;
    EXPECT_EQ(best.piece_scores.empty(), blank);
    if (blank) {
      EXPECT_EQ(best.text, "");
      continue;
    }
    std::string source;
    for (const std::string& piece : best.attention.source) source += piece;
    EXPECT_EQ(source, [&] {
      std::string pieces;
      for (const std::string& piece : tokenizer_->EncodePieces(lines[i])) pieces += piece;
      return pieces + "</s>";
    }());
    CheckShape(best.attention);
  }
  EXPECT_EQ(results[0].best().text, results[7].best().text);
}

TEST_F(TranslatorTest, DoesNotDependOnBatchesThreadsOrNeighbours) {
  const std::vector<std::string> lines = Lines();
  const Models models = {Model(2)};
  const auto expected = MakeTranslator({.mini_batch = 1}, models).Translate(lines);
  for (const Index mini_batch : {1, 3, 64}) {
    for (const Index threads : {1, 3}) {
      const Translator translator =
          MakeTranslator({.mini_batch = mini_batch, .threads = threads}, models);
      const auto results = translator.Translate(lines);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(results[i].best().text, expected[i].best().text);
        EXPECT_EQ(results[i].best().piece_scores, expected[i].best().piece_scores);
        EXPECT_EQ(results[i].best().attention.weights, expected[i].best().attention.weights);
      }
    }
  }
}

TEST_F(TranslatorTest, ScoresATextAsTheSearchThatMustFollowIt) {
  const Translator translator = MakeTranslator({.mini_batch = 3}, {Model(3), Model(4)});
  const std::vector<std::string> sources = {"the dog", "a cat sleeps", "all", "the old cat"};
  const std::vector<std::string> targets = {"a cat and a dog", "day", "the old dog runs", "cat"};
  const auto scored = translator.Score(sources, targets);
  const auto found = translator.Translate(sources, targets);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const ScoredText& expected = found[i].best();
    const ScoredText& actual = scored[i].best();
    EXPECT_EQ(actual.text, targets[i]);
    const std::size_t length = actual.piece_scores.size() - 1;  // without </s>
    ASSERT_GE(expected.piece_scores.size(), length);
    const std::size_t source_length = actual.attention.source.size();
    for (std::size_t t = 0; t < length; ++t) {
      EXPECT_EQ(actual.attention.target[t], expected.attention.target[t]);
      EXPECT_NEAR(actual.piece_scores[t], expected.piece_scores[t], 1e-4);
      for (std::size_t s = 0; s < source_length; ++s) {
        const std::size_t k = t * source_length + s;
        EXPECT_NEAR(actual.attention.weights[k], expected.attention.weights[k], 1e-5);
      }
    }
  }
}

TEST_F(TranslatorTest, ScoresEmptySidesAsTheirEnds) {
  const Translator translator = MakeTranslator({}, {Model(3)});
  const auto scored = translator.Score(std::vector<std::string>{"", "a cat"},
                                       std::vector<std::string>{"a dog", ""});
  EXPECT_EQ(scored[0].best().attention.source, (std::vector<std::string>{"</s>"}));
  EXPECT_EQ(scored[1].best().attention.target, (std::vector<std::string>{"</s>"}));
  EXPECT_EQ(scored[1].best().piece_scores.size(), 1u);
  EXPECT_LT(scored[1].best().log_probability, 0.0);
}

TEST_F(TranslatorTest, CutsLongLinesAndSaysSo) {
  std::string line;
  for (int i = 0; i < 12500; ++i) line += "cat ";
  const Translator translator = MakeTranslator({.max_source_length = 6}, {Model(5)});
  const auto results = translator.Translate(std::vector<std::string>{line, "a cat"});
  EXPECT_TRUE(results[0].source_cut);
  EXPECT_EQ(results[0].best().attention.source_length(), 7);
  EXPECT_FALSE(results[1].source_cut);
  const std::vector<std::string> cat = {"a cat"}, long_prefix = {line}, prefix = {"the"};
  EXPECT_TRUE(translator.Translate(cat, long_prefix)[0].source_cut);
  EXPECT_FALSE(translator.Translate(cat, prefix)[0].source_cut);
  EXPECT_TRUE(translator.Score(std::vector<std::string>{"a"}, std::vector<std::string>{line})[0]
                  .source_cut);
}

TEST_F(TranslatorTest, BeginsTranslationsWithTheirPrefixes) {
  const Translator translator = MakeTranslator({}, {Model(6)});
  const std::vector<std::string> lines = {"a cat", "the dog", ""};
  const auto results =
      translator.Translate(lines, std::vector<std::string>{"the old", "", "all day"});
  EXPECT_TRUE(results[0].best().text.starts_with("the old")) << results[0].best().text;
  EXPECT_EQ(results[1].best().text, translator.Translate(lines)[1].best().text);
  EXPECT_EQ(results[2].best().text, "");
}

// Letters the vocabulary lacks stay what they are.
TEST_F(TranslatorTest, KeepsPrefixesWithUnknownLetters) {
  const std::vector<std::string> lines = {"a cat"};
  const std::vector<std::string> prefix = {"the Žold ŽŽ dog"};
  for (const UnknownWords unknown_words :
       {UnknownWords::kReplace, UnknownWords::kBan, UnknownWords::kAllow}) {
    const Translator translator = MakeTranslator({.unknown_words = unknown_words}, {Model(6)});
    const ScoredText best = translator.Translate(lines, prefix)[0].best();
    EXPECT_TRUE(best.text.starts_with(prefix[0])) << best.text;
  }
}

// A model that says <unk> with certainty until it may not any more.
std::shared_ptr<const InferenceModel> ModelThatSaysUnknown(Index vocabulary_size) {
  const auto toy = MakeToyModel(7, {vocabulary_size, vocabulary_size});
  auto model = std::make_shared<Seq2SeqModel>(toy->model().config(), toy->model().vocabulary(),
                                              Precision::kFloat32);
  std::ranges::copy(toy->model().parameters().slab().span(),
                    model->parameters().slab().span().begin());
  for (const Parameter& parameter : model->parameters().list()) {
    if (parameter.name == "output.bias") model->parameters().Value(&parameter)[kUnknownId] = 1e4f;
  }
  model->PackWeights();
  return std::make_shared<InferenceModel>(model);
}

TEST_F(TranslatorTest, ReplacesUnknownWordsByTheSourceWordTheyLookAt) {
  const Models models = {ModelThatSaysUnknown(tokenizer_->size())};
  TranslatorOptions options;
  options.beam.beam_size = 1;
  options.beam.max_length_factor = 1e-9;
  options.beam.max_length_extra = 1;
  const std::vector<std::string> lines = {"Žižek"};
  options.unknown_words = UnknownWords::kReplace;
  EXPECT_EQ(MakeTranslator(options, models).Translate(lines)[0].best().text, "Žižek Žižek");
  options.unknown_words = UnknownWords::kAllow;
  EXPECT_EQ(MakeTranslator(options, models).Translate(lines)[0].best().text,
            tokenizer_->Decode(std::vector<TokenId>{kUnknownId, kUnknownId}));
  options.unknown_words = UnknownWords::kBan;
  const auto banned = MakeTranslator(options, models).Translate(lines)[0].best();
  for (const std::string& piece : banned.attention.target) EXPECT_NE(piece, "<unk>");
}

TEST_F(TranslatorTest, DrawsTheSameSamplesInAnyBatch) {
  TranslatorOptions options;
  options.sampling = SamplingOptions{.seed = 5};
  const Models models = {Model(8)};
  const std::vector<std::string> lines = Lines();
  const auto all = MakeTranslator(options, models).Translate(lines);
  const auto last =
      MakeTranslator(options, models)
          .Translate(std::span(lines).last(1), {}, static_cast<Index>(lines.size()) - 1);
  EXPECT_EQ(last[0].best().text, all.back().best().text);
  EXPECT_EQ(last[0].best().piece_scores, all.back().best().piece_scores);
}

TEST_F(TranslatorTest, RefusesForeignTokenizersAndImpossibleOptions) {
  EXPECT_THROW(MakeTranslator({}, {MakeToyModel(1, {7, 5})}), ConfigError);
  EXPECT_THROW(MakeTranslator({.mini_batch = 0}, {Model(1)}), ConfigError);
  EXPECT_THROW(MakeTranslator({.threads = 0}, {Model(1)}), ConfigError);
  EXPECT_THROW(MakeTranslator({.max_source_length = 0}, {Model(1)}), ConfigError);
}

TEST_F(TranslatorTest, PassesOnWhatWorkersThrow) {
  const auto toy = Model(1);
  auto model = std::make_shared<Seq2SeqModel>(toy->model().config(), toy->model().vocabulary(),
                                              Precision::kFloat32);
  for (float& value : model->parameters().slab().span()) value = std::nanf("");
  model->PackWeights();
  const Translator translator =
      MakeTranslator({.mini_batch = 1, .threads = 2}, {std::make_shared<InferenceModel>(model)});
  EXPECT_THROW(translator.Translate(Lines()), NumericError);
}

TEST_F(TranslatorTest, SaliencyBecomesLayersOfScoredText) {
  const std::vector<SaliencyMethod> methods = {SaliencyMethod::kNorm, SaliencyMethod::kLeaveOneOut};
  const Translator translator =
      MakeTranslator({.mini_batch = 2, .threads = 2, .saliency = methods}, {Model(1)});
  const std::vector<std::string> lines = Lines();
  const std::vector<Translation> results = translator.Score(lines, lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Translation alone =
        translator.Score(std::span(lines).subspan(i, 1), std::span(lines).subspan(i, 1)).front();
    const AttentionMap& map = results[i].best().attention;
    ASSERT_EQ(map.layers.size(), 2u);
    EXPECT_EQ(map.layers[0].name, "norm");
    EXPECT_EQ(map.layers[1].name, "leave-one-out");
    for (std::size_t l = 0; l < 2; ++l) {
      const std::vector<float>& expected = alone.best().attention.layers[l].values;
      ASSERT_EQ(map.layers[l].values.size(), map.weights.size());
      for (std::size_t n = 0; n < expected.size(); ++n) {
        EXPECT_NEAR(map.layers[l].values[n], expected[n], 1e-5);
      }
    }
  }
}

TEST_F(TranslatorTest, SaliencyOfEnsemblesIsRefused) {
  EXPECT_THROW(MakeTranslator({.saliency = {SaliencyMethod::kNorm}}, {Model(1), Model(2)}),
               ConfigError);
}

}  // namespace
}  // namespace talmach
