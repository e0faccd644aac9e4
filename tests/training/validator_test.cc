#include "training/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/ter.h"
#include "text/corpus.h"
#include "text/text_reader.h"
#include "training/scoped_weights.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::shared_ptr<Seq2SeqModel> RandomModel() {
  const Index pieces = ToyCorpus::Get().tokenizer()->size();
  auto model = std::make_shared<Seq2SeqModel>(ToyModel(), VocabularySizes{pieces, pieces},
                                              Precision::kFloat32);
  model->parameters().Initialize(5);
  model->PackWeights();
  return model;
}

std::vector<std::string> LinesOf(const std::string& path) {
  TextReader reader(path);
  std::vector<std::string> lines;
  for (std::string line; reader.ReadLine(&line);) lines.push_back(line);
  return lines;
}

class ValidatorTest : public ::testing::Test {
 protected:
  Validator Make(const TrainingDataOptions& data) const {
    const std::shared_ptr<const Tokenizer>& tokenizer = ToyCorpus::Get().tokenizer();
    Config config = setup_;
    config.data = data;
    config.validation = options_;
    return Validator(config, tokenizer, tokenizer);
  }

  ValidationResult Run(const Validator& validator, int num_workers = 1) const {
    Workers workers(num_workers, 1);
    return validator.Run(RandomModel(), workers, [] { return false; }).value();
  }

  TemporaryDirectory directory_;
  TrainingSetup setup_ = ToySetup("");
  ValidationOptions options_ = setup_.validation;
};

TEST_F(ValidatorTest, CrossEntropyIsTheMeanOfForcedDecoding) {
  const ValidationResult result = Run(Make(setup_.data));
  const Tokenizer& tokenizer = *ToyCorpus::Get().tokenizer();
  const auto encode = [&](const std::string& line) {
    std::vector<TokenId> tokens = tokenizer.Encode(line);
    tokens.push_back(kEndId);
    return tokens;
  };
  ParallelCorpus corpus(setup_.data.valid_source, setup_.data.valid_target);
  Batch all;
  for (std::string source, target; corpus.Next(&source, &target);) {
    all.pairs.push_back({.source = encode(source), .target = encode(target)});
  }
  Arena arena;
  double sum = 0.0;
  for (const ForcedDecoding& decoding : RandomModel()->ForceDecode(all, arena)) {
    for (const float log_probability : decoding.log_probabilities) sum -= log_probability;
  }
  const SetResult& set = result.sets.at(0);
  EXPECT_NEAR(set.cross_entropy, sum / static_cast<double>(all.num_target_tokens()), 1e-5);
  EXPECT_NEAR(set.perplexity(), std::exp(set.cross_entropy), 1e-9);
}

TEST_F(ValidatorTest, ResultsDoNotDependOnTheWorkers) {
  options_.metrics = {ValidationMetric::kBleu, ValidationMetric::kChrf, ValidationMetric::kTer};
  const Validator validator = Make(setup_.data);
  const SetResult one = Run(validator, 1).sets.at(0);
  const SetResult three = Run(validator, 3).sets.at(0);
  EXPECT_EQ(one.cross_entropy, three.cross_entropy);
  EXPECT_EQ(one.scores, three.scores);
}

// The script keeps what it was given, and the metrics are computed of that again.
TEST_F(ValidatorTest, MetricsAreThoseOfTheTextsThatTheScriptGets) {
  options_.metrics = {ValidationMetric::kScript,     ValidationMetric::kTer,
                      ValidationMetric::kChrf,       ValidationMetric::kBleu,
                      ValidationMetric::kPerplexity, ValidationMetric::kCrossEntropy};
  options_.script = "echo 'a hint' >&2; echo 12.5; cp -t " + directory_.Path("");
  const SetResult set = Run(Make(setup_.data)).sets.at(0);
  const std::vector<std::string> translations = LinesOf(directory_.Path("translation"));
  const std::vector<std::string> references = LinesOf(directory_.Path("reference"));
  EXPECT_EQ(LinesOf(directory_.Path("source")), LinesOf(setup_.data.valid_source));
  EXPECT_EQ(references, LinesOf(setup_.data.valid_target));
  EXPECT_THAT(set.scores, ElementsAre(12.5, Ter().Corpus(translations, {&references, 1}).score,
                                      Chrf().Corpus(translations, {&references, 1}).score,
                                      Bleu().Corpus(translations, {&references, 1}).score,
                                      std::exp(set.cross_entropy), set.cross_entropy));
  EXPECT_THAT(set.script->messages, ElementsAre("a hint"));
}

TEST_F(ValidatorTest, EachSetHasTheScoresItHasAlone) {
  options_.metrics = {ValidationMetric::kChrf, ValidationMetric::kCrossEntropy};
  const SetResult alone = Run(Make(setup_.data)).sets.at(0);
  options_.sets = {
      {.tsv = directory_.Write("one.tsv", "x\tba\tke\n"), .columns = {2, 3}},
      {.source = setup_.data.valid_source, .target = setup_.data.valid_target, .name = "again"}};
  const ValidationResult result = Run(Make(setup_.data));
  ASSERT_EQ(result.sets.size(), 3u);
  EXPECT_EQ(result.sets[0].name, "valid");
  EXPECT_EQ(result.sets[1].name, "one.tsv");
  EXPECT_EQ(result.sets[2].name, "again");
  for (const std::size_t same : {0, 2}) {
    EXPECT_EQ(result.sets[same].cross_entropy, alone.cross_entropy);
    EXPECT_EQ(result.sets[same].scores, alone.scores);
  }
  EXPECT_NE(result.sets[1].cross_entropy, alone.cross_entropy);
  EXPECT_EQ(result.first_score(), alone.scores.at(0));
  EXPECT_EQ(result.samples.at(0).source, LinesOf(setup_.data.valid_source).at(0));
  setup_.data.valid_source.clear();
  EXPECT_EQ(Run(Make(setup_.data)).sets.at(0).name, "one.tsv");
  EXPECT_EQ(Run(Make(setup_.data)).samples.at(0).source, "ba");
}

TEST_F(ValidatorTest, AScriptThatFailsLeavesTheOtherScores) {
  options_.metrics = {ValidationMetric::kScript, ValidationMetric::kBleu};
  options_.script = "exit 7;";
  const ValidationResult result = Run(Make(setup_.data));
  EXPECT_EQ(result.first_score(), std::nullopt);
  EXPECT_TRUE(result.sets.at(0).scores.at(1).has_value());
  EXPECT_THAT(result.sets.at(0).script->failure, HasSubstr("got 7"));
}

TEST_F(ValidatorTest, SamplesAreSpreadOverTheSet) {
  options_.samples = 3;
  const Validator validator = Make(setup_.data);
  ASSERT_EQ(validator.sets().at(0).sources.size(), 12u);
  const ValidationResult result = Run(validator);
  ASSERT_EQ(result.samples.size(), 3u);
  TextReader source(setup_.data.valid_source);
  TextReader target(setup_.data.valid_target);
  std::string source_line;
  std::string target_line;
  for (int line = 0; source.ReadLine(&source_line) && target.ReadLine(&target_line); ++line) {
    if (line % 4 != 0) continue;
    EXPECT_EQ(result.samples[line / 4].source, source_line);
    EXPECT_EQ(result.samples[line / 4].reference, target_line);
  }
}

TEST_F(ValidatorTest, EmptyLinesAreLeftOutAndASetOfThemIsRefused) {
  TrainingDataOptions data = setup_.data;
  data.valid_source = directory_.Write("source", "ba be\n\nbi\n");
  data.valid_target = directory_.Write("target", "ki ke\nke\n  \n");
  EXPECT_EQ(Make(data).sets().at(0).sources.size(), 1u);
  data.valid_target = directory_.Write("blank", "\n\n\n");
  EXPECT_THAT([&] { Make(data); }, ThrowsMessage<DataError>(HasSubstr("no usable pair")));
}

TEST_F(ValidatorTest, DifferentLineCountsAreRefused) {
  TrainingDataOptions data = setup_.data;
  data.valid_source = directory_.Write("source", "ba be\nbi\n");
  data.valid_target = directory_.Write("target", "ki ke\n");
  EXPECT_THROW(Make(data), DataError);
}

TEST_F(ValidatorTest, StopsWhenAsked) {
  Workers workers(1, 1);
  EXPECT_FALSE(Make(setup_.data).Run(RandomModel(), workers, [] { return true; }).has_value());
}

TEST(ScopedWeightsTest, OtherWeightsAreInPlaceUntilTheEnd) {
  const std::shared_ptr<Seq2SeqModel> model = RandomModel();
  const Batch batch{.pairs = {{{5, 6, kEndId}, {7, kEndId}, 0}}};
  Arena arena;
  const double before = model->Forward(batch, {}, arena).loss;
  Tensor<float> zeros({model->parameters().slab_size()});
  {
    const ScopedWeights weights(*model, zeros.view());
    const double uniform = 2.0 * std::log(static_cast<double>(model->vocabulary().target));
    EXPECT_NEAR(model->Forward(batch, {}, arena).loss, uniform, 1e-5);
  }
  EXPECT_EQ(model->Forward(batch, {}, arena).loss, before);
  EXPECT_EQ(zeros.data()[0], 0.0f);
}

}  // namespace
}  // namespace talmach
