#include "training/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "text/corpus.h"
#include "text/text_reader.h"
#include "training/scoped_weights.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

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

class ValidatorTest : public ::testing::Test {
 protected:
  Validator Make(const TrainingDataOptions& data) const {
    const std::shared_ptr<const Tokenizer>& tokenizer = ToyCorpus::Get().tokenizer();
    return Validator(data, options_, tokenizer, tokenizer);
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
  EXPECT_NEAR(result.cross_entropy, sum / static_cast<double>(all.num_target_tokens()), 1e-5);
  EXPECT_NEAR(result.perplexity(), std::exp(result.cross_entropy), 1e-9);
}

TEST_F(ValidatorTest, ResultsDoNotDependOnTheWorkers) {
  options_.metrics = {ValidationMetric::kBleu};
  const Validator validator = Make(setup_.data);
  const ValidationResult one = Run(validator, 1);
  const ValidationResult three = Run(validator, 3);
  EXPECT_EQ(one.cross_entropy, three.cross_entropy);
  EXPECT_EQ(one.bleu, three.bleu);
  EXPECT_THAT(one.bleu_signature, HasSubstr("tok:13a"));
}

TEST_F(ValidatorTest, SamplesAreSpreadOverTheSet) {
  options_.samples = 3;
  const Validator validator = Make(setup_.data);
  ASSERT_EQ(validator.num_lines(), 12);
  const ValidationResult result = Run(validator);
  ASSERT_EQ(result.samples.size(), 3u);
  EXPECT_FALSE(result.bleu.has_value());
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
  EXPECT_EQ(Make(data).num_lines(), 1);
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
