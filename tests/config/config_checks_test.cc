#include "config/config_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

class ConfigChecksTest : public ::testing::Test {
 protected:
  ConfigChecksTest() {
    config_.data.train = {{.source = "train.en", .target = "train.de"}};
    config_.model.readout.size = config_.model.embedding_size;
    training_.max_epochs = 1;
  }

  void ExpectComplaint(const std::string& text) {
    EXPECT_THAT([&] { Validate(config_, vocabulary_); },
                ThrowsMessage<ConfigError>(HasSubstr(text)));
  }
  void ExpectNone() { EXPECT_NO_THROW(Validate(config_, vocabulary_)); }

  Config config_;
  TrainingOptions& training_ = config_.training;
  VocabularySizes vocabulary_{.source = 100, .target = 100};
};

TEST_F(ConfigChecksTest, AcceptTheDefaults) { ExpectNone(); }

TEST_F(ConfigChecksTest, WantExactlyOneBatchSize) {
  training_.batch_tokens = 1000;
  ExpectComplaint("training.batch_tokens");
  training_.batch_tokens = 0;
  training_.batch_sentences = 0;
  ExpectComplaint("exactly one of them > 0");
}

TEST_F(ConfigChecksTest, CosineNeedsALimit) {
  training_.schedule = ScheduleType::kCosine;
  ExpectNone();
  training_.max_epochs = 0;
  ExpectComplaint("training.schedule: cosine needs to know where training ends");
}

TEST_F(ConfigChecksTest, PlateauPatienceAndAveragesNeedValidation) {
  training_.schedule = ScheduleType::kPlateau;
  ExpectComplaint("training.schedule");
  training_.schedule = ScheduleType::kConstant;
  training_.early_stopping = 3;
  ExpectComplaint("training.early_stopping");
  training_.early_stopping = 0;
  training_.average_best = 5;
  ExpectComplaint("training.average_best");
  training_.average_best = 0;
  config_.validation.keep_best = true;
  ExpectComplaint("validation.keep_best");
  config_.data.valid_source = "train.en";
  ExpectComplaint("data.valid.source, data.valid.target: expected both or none");
  config_.data.valid_target = "train.de";
  ExpectNone();
}

TEST_F(ConfigChecksTest, MetricsAreDifferentAndAScriptHasItsCommand) {
  ValidationOptions& validation = config_.validation;
  validation.metrics = {ValidationMetric::kBleu, ValidationMetric::kTer, ValidationMetric::kBleu};
  ExpectComplaint("validation.metrics: expected each metric once, got bleu twice");
  validation.metrics = {ValidationMetric::kBleu, ValidationMetric::kScript};
  ExpectComplaint("validation.script: expected a command");
  validation.script = "./score.sh";
  ExpectNone();
  validation.metrics.pop_back();
  ExpectComplaint("validation.script: expected script among validation.metrics, got ./score.sh");
}

TEST_F(ConfigChecksTest, NameTheKeyItsRangeAndTheValue) {
  training_.label_smoothing = 1.5f;
  ExpectComplaint("training.label_smoothing: expected in [0, 1), got 1.5");
  training_.label_smoothing = 0.1f;
  training_.accumulate = 0;
  ExpectComplaint("training.accumulate: expected from 1 to 1000000, got 0");
}

TEST_F(ConfigChecksTest, HoldForWhatTheLanguageHasNoWordFor) {
  training_.precision = Precision::kInt8;
  ExpectComplaint("training.precision: expected one of auto, float32, bfloat16");
  training_.precision.reset();
  training_.save_every.count = -1;
  ExpectComplaint("training.save_every: expected updates (500u), epochs (1e) or 0 for never");
  training_.save_every.count = 1;
  config_.validation.metrics.clear();
  ExpectComplaint(
      "validation.metrics: expected at least one of cross_entropy, perplexity, bleu, chrf, ter, "
      "script, got none");
  config_.validation.metrics = {ValidationMetric::kBleu};
  training_.clip_norm = std::nanf("");
  ExpectComplaint("training.clip_norm: expected a number");
}

TEST_F(ConfigChecksTest, TiedEmbeddingsNeedOneSizeAndOneVocabulary) {
  vocabulary_.target = 90;
  ExpectComplaint("model.tied_embeddings: expected one vocabulary for both languages");
  config_.model.tied_embeddings = TiedEmbeddings::kDecoder;
  ExpectNone();
  ++config_.model.readout.size;
  ExpectComplaint("model.readout.size: expected 256 (the embedding size");
  config_.model.tied_embeddings = TiedEmbeddings::kNone;
  ExpectNone();
}

TEST_F(ConfigChecksTest, AllContradictionsAreFound) {
  EXPECT_THAT(Contradictions(config_), IsEmpty());
  training_.average_best = 5;
  training_.batch_sentences = 0;
  training_.minimum_learning_rate = 1;
  EXPECT_THAT(Contradictions(config_), SizeIs(3));
}

TEST_F(ConfigChecksTest, SymbolsAreWordsThatFitIntoTheVocabulary) {
  config_.tokenizer.symbols = {"<bt>", "<2fr>"};
  ExpectNone();
  config_.tokenizer.symbols.emplace_back("<bt>");
  ExpectComplaint(
      "tokenizer.symbols: expected words without white space, each once, none of them reserved, "
      "got <bt> twice");
  config_.tokenizer.symbols = {"</s>"};
  ExpectComplaint("got the reserved piece </s>");
  config_.tokenizer.symbols = {"a", "b", "c", "d", "e"};
  config_.tokenizer.vocabulary_size = 8;
  ExpectComplaint("tokenizer.symbols: the vocabulary is too small");
}

TEST_F(ConfigChecksTest, OnlyPiecesThatCanBeDividedAreSampled) {
  using Type = TokenizerTrainerOptions::Type;
  config_.data.sampling_alpha = 0.1f;
  for (const Type type : {Type::kUnigram, Type::kBpe}) {
    config_.tokenizer.type = type;
    ExpectNone();
  }
  for (const Type type : {Type::kChar, Type::kWord}) {
    config_.tokenizer.type = type;
    ExpectComplaint("tokenizer.sampling_alpha: expected 0");
  }
}

}  // namespace
}  // namespace talmach
