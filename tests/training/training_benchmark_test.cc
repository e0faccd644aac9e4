#include "training/training_benchmark.h"

#include <gtest/gtest.h>

#include "config/resume_rule.h"
#include "support/random_batch.h"
#include "training/model_updater.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

TEST(BenchmarkTrainingTest, CountsWhatItMeasures) {
  const TrainingSetup setup = ToySetup("");
  const TrainingBenchmark result = BenchmarkTraining(setup, 0.05, /*profile=*/false);
  EXPECT_GE(result.updates, 1);
  EXPECT_GE(result.target_tokens, 2 * result.updates) << "a token and </s>";
  EXPECT_GE(result.seconds, 0.05);
  EXPECT_NEAR(result.target_tokens_per_second * result.seconds,
              static_cast<double>(result.target_tokens), 1e-6);
  EXPECT_GT(result.peak_rss_bytes, std::size_t{1} << 20);
}

TEST(BenchmarkTrainingTest, ProfileDividesTheTimeOfAllWorkers) {
  TrainingSetup setup = ToySetup("");
  setup.training.workers = 2;
  const TrainingBenchmark result = BenchmarkTraining(setup, 0.05, /*profile=*/true);
  double seconds = 0.0;
  double flops = 0.0;
  for (const ZoneProfile& zone : result.profile) {
    seconds += zone.seconds;
    flops += zone.flops;
  }
  EXPECT_LE(seconds, 2 * result.seconds);
  EXPECT_GE(seconds, 0.1 * result.seconds);
  // At least the products that are necessary; padded rows come on top.
  EXPECT_GE(flops,
            result.flops_per_target_token * static_cast<double>(result.target_tokens) * 0.999);
  for (const Zone zone : {Zone::kEncoder, Zone::kAttention, Zone::kDecoder, Zone::kOutput}) {
    EXPECT_GT(result.profile[static_cast<std::size_t>(zone)].flops, 0.0);
    EXPECT_GT(result.profile[static_cast<std::size_t>(zone)].seconds, 0.0);
  }
  EXPECT_GT(result.profile[static_cast<std::size_t>(Zone::kOptimizer)].seconds, 0.0);
}

// Multiply-adds of every product with a weight, counted by hand.
TEST(BenchmarkTrainingTest, FlopsAreThoseOfTheProducts) {
  TrainingSetup setup = ToySetup("");
  const double flops = BenchmarkTraining(setup, 0.0, /*profile=*/false).flops_per_target_token;
  const double pieces = static_cast<double>(setup.target_tokenizer->size());
  // E 8, H 7 and 9, A 6, R 8, conditional.
  const double source = 2 * 3 * 7 * (8 + 7) + 6 * 14;
  const double target = 3 * 9 * (8 + 9) + 3 * 9 * (14 + 9) + 6 * 9 + 8 * (9 + 8 + 14) + 8 * pieces;
  EXPECT_GT(flops, 6 * (target + 0.5 * source));
  EXPECT_LT(flops, 6 * (target + 2.0 * source));
}

TEST(EstimateTrainingTest, GrowsWithWhatIsAskedFor) {
  TrainingSetup setup = ToySetup("");
  const TrainingEstimate one = EstimateTraining(setup);
  EXPECT_GT(one.num_parameters, 1000);
  EXPECT_GE(one.parameter_bytes, 3u * sizeof(float) * one.num_parameters);
  setup.training.workers = 2;
  setup.training.ema_decay = 0.9f;
  const TrainingEstimate two = EstimateTraining(setup);
  EXPECT_EQ(two.gradient_bytes, 2 * one.gradient_bytes);
  EXPECT_EQ(3 * two.parameter_bytes, 4 * one.parameter_bytes);
  setup.data.max_length *= 2;
  EXPECT_GT(EstimateTraining(setup).activation_bytes, two.activation_bytes);
  setup.training.batch_sentences = 0;
  setup.training.batch_tokens = 101;
  EXPECT_LT(EstimateTraining(setup).activation_bytes, two.activation_bytes);
}

// Bytes of all workers' arenas after an update with the longest batch that `setup` allows.
std::size_t TrueActivationBytes(const TrainingSetup& setup) {
  const Index vocabulary = setup.source_tokenizer->size();
  auto model = std::make_shared<Seq2SeqModel>(setup.model, VocabularySizes{vocabulary, vocabulary},
                                              ChoosePrecision(setup.training));
  model->parameters().Initialize(1);
  model->PackWeights();
  const Index length = setup.data.max_length + 1;
  std::vector<Batch> batches = {
      RandomBatch({static_cast<std::size_t>(setup.training.batch_sentences), {length, length}},
                  model->vocabulary(), 1)};
  for (SentencePair& pair : batches.front().pairs) {
    if (!HasLinks(setup)) break;
    for (Index i = 0; i < length; ++i) pair.links.push_back({.source = i, .target = i});
  }
  ModelUpdater updater(model, setup.training);
  EXPECT_TRUE(updater.Update(batches, 1e-3, 1).applied);
  std::size_t bytes = 0;
  for (int i = 0; i < updater.workers().size(); ++i)
    bytes += updater.workers().arena(i).peak_bytes();
  return bytes;
}

TEST(EstimateTrainingTest, ActivationsAreWithinAHundredthOfTheTruthWithEveryOptionOn) {
  TrainingSetup setup = ToySetup("");
  setup.model.encoder.layers = 2;
  setup.model.encoder.layer_norm = setup.model.decoder.layer_norm = true;
  setup.model.readout.activation = ReadoutActivation::kMaxout;
  setup.training.workers = 2;
  setup.training.batch_sentences = 64;
  setup.training.label_smoothing = 0.1f;
  setup.training.ema_decay = 0.9f;
  setup.training.weight_decay = 1e-4f;
  for (const bool guided : {false, true}) {
    if (guided) setup.training.guided_alignment.links = ToyCorpus::Get().Path("train.links");
    const auto truth = static_cast<double>(TrueActivationBytes(setup));
    const auto estimate = static_cast<double>(EstimateTraining(setup).activation_bytes);
    EXPECT_NEAR(estimate, truth, 0.01 * truth) << (guided ? "guided" : "");
  }
}

}  // namespace
}  // namespace talmach
