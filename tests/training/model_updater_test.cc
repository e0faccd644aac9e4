#include "training/model_updater.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "base/random.h"
#include "training/exponential_moving_average.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

constexpr Index kVocabulary = 20;

Batch RandomBatch(std::uint64_t key, int num_pairs) {
  RandomStream random(key);
  Batch batch;
  const auto sentence = [&](std::uint64_t length) {
    std::vector<TokenId> tokens;
    for (std::uint64_t i = 0; i < length; ++i) {
      tokens.push_back(static_cast<TokenId>(3 + random.Below(kVocabulary - 3)));
    }
    tokens.push_back(kEndId);
    return tokens;
  };
  for (int i = 0; i < num_pairs; ++i) {
    batch.pairs.push_back({sentence(1 + random.Below(9)), sentence(random.Below(9)), i});
  }
  std::ranges::stable_sort(batch.pairs, std::greater(),
                           [](const SentencePair& pair) { return pair.target.size(); });
  return batch;
}

TrainingOptions Options() {
  TrainingOptions options;
  options.precision = Precision::kFloat32;
  options.threads = 1;
  options.max_updates = 10;
  return options;
}

std::shared_ptr<Seq2SeqModel> Model(const ModelConfig& config = ToyModel()) {
  auto model = std::make_shared<Seq2SeqModel>(config, VocabularySizes{kVocabulary, kVocabulary},
                                              Precision::kFloat32);
  model->parameters().Initialize(7);
  model->PackWeights();
  return model;
}

std::vector<float> Values(ConstView slab) { return {slab.span().begin(), slab.span().end()}; }

TEST(SplitByTokensTest, SharesAreContiguousCompleteAndBalanced) {
  const Batch batch = RandomBatch(3, 50);
  Index longest = 0;
  for (const SentencePair& pair : batch.pairs) {
    longest = std::max(longest, std::ssize(pair.source) + std::ssize(pair.target));
  }
  for (const int num_shares : {1, 2, 3, 7}) {
    const auto shares = SplitByTokens(batch.pairs, num_shares);
    ASSERT_EQ(std::ssize(shares), num_shares);
    const Index total = batch.num_source_tokens() + batch.num_target_tokens();
    const SentencePair* next = batch.pairs.data();
    for (const auto& share : shares) {
      EXPECT_EQ(share.data(), next);
      next += share.size();
      const Batch part{.pairs = {share.begin(), share.end()}};
      EXPECT_NEAR(static_cast<double>(part.num_source_tokens() + part.num_target_tokens()),
                  static_cast<double>(total) / num_shares, static_cast<double>(longest));
    }
    EXPECT_EQ(next, batch.pairs.data() + batch.pairs.size());
  }
}

TEST(SplitByTokensTest, FewPairsLeaveSharesEmpty) {
  const Batch batch = RandomBatch(4, 2);
  std::size_t pairs = 0;
  for (const auto& share : SplitByTokens(batch.pairs, 5)) pairs += share.size();
  EXPECT_EQ(pairs, 2u);
}

TEST(ModelUpdaterTest, SharesTheLossAmongTheCorpora) {
  TrainingOptions options = Options();
  for (const int workers : {1, 2}) {
    options.workers = workers;
    std::vector<Batch> batches = {RandomBatch(11, 9), RandomBatch(12, 6)};
    Batch of_second;
    for (Batch& batch : batches) {
      for (SentencePair& pair : batch.pairs) {
        pair.corpus = pair.line % 3 == 0 ? 1 : 0;
        if (pair.corpus == 1) of_second.pairs.push_back(pair);
      }
    }
    ModelConfig config = ToyModel();
    config.dropout = {};
    ModelUpdater updater(Model(config), options, 3);
    const UpdateResult result = updater.Update(batches, 0.01, 1);
    ASSERT_EQ(result.corpora.size(), 3u);
    EXPECT_EQ(result.corpora[0].num_tokens + result.corpora[1].num_tokens, result.sums.num_tokens);
    EXPECT_NEAR(result.corpora[0].loss + result.corpora[1].loss, result.sums.loss, 1e-9);
    EXPECT_EQ(result.corpora[1].num_tokens, of_second.num_target_tokens());
    EXPECT_EQ(result.corpora[2].num_tokens, 0);
    Arena arena;
    const LossSums alone =
        Model(config)->Forward(of_second, {.label_smoothing = options.label_smoothing}, arena);
    EXPECT_NEAR(result.corpora[1].loss, alone.loss, 1e-3);
    EXPECT_EQ(ModelUpdater(Model(config), options).Update(batches, 0.01, 1).sums.loss,
              result.sums.loss);
  }
}

// Adam as in the paper, in double precision, next to the gradients the model computes.
TEST(ModelUpdaterTest, FollowsAdamInDoublePrecision) {
  TrainingOptions options = Options();
  options.clip_norm = 0.5f;
  options.weight_decay = 0.01f;
  options.ema_decay = 0.9f;
  ModelConfig config = ToyModel();
  config.dropout = {};
  const std::shared_ptr<Seq2SeqModel> model = Model(config);
  ModelUpdater updater(model, options);

  const auto size = static_cast<std::size_t>(model->parameters().slab_size());
  std::vector<double> first(size), second(size), average(size);
  bool clipped = false;
  bool not_clipped = false;
  for (Index step = 1; step <= 6; ++step) {
    const Batch batch = RandomBatch(static_cast<std::uint64_t>(step), 6);
    const double rate = 0.01 * static_cast<double>(step);
    Arena arena;
    Gradients gradients(model->parameters());
    const LossSums sums = model->ForwardBackward(
        batch,
        {.training = true,
         .label_smoothing = options.label_smoothing,
         .gradient_scale = 1.0f / static_cast<float>(batch.num_target_tokens())},
        arena, gradients);
    double squares = 0.0;
    for (const float g : gradients.slab().span()) squares += double{g} * g;
    const double norm = std::sqrt(squares);
    const double scale = std::min(1.0, 0.5 / norm);
    (norm > 0.5 ? clipped : not_clipped) = true;
    std::vector<float> before = Values(model->parameters().slab());

    const UpdateResult result = updater.Update({&batch, 1}, rate, 1);
    EXPECT_TRUE(result.applied);
    EXPECT_DOUBLE_EQ(result.sums.loss, sums.loss);
    EXPECT_NEAR(result.gradient_norm, norm, 1e-9 * norm);
    const std::vector<float> after = Values(model->parameters().slab());
    const double beta1 = options.beta1;
    const double beta2 = options.beta2;
    const double ema = MovingAverageDecay(options.ema_decay, step);
    for (std::size_t i = 0; i < size; ++i) {
      const double g = scale * gradients.slab()[static_cast<Index>(i)];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const double m = first[i] / (1 - std::pow(beta1, static_cast<double>(step)));
      const double v = second[i] / (1 - std::pow(beta2, static_cast<double>(step)));
      const double expected = before[i] - rate * m / (std::sqrt(v) + double{options.epsilon}) -
                              rate * double{options.weight_decay} * before[i];
      ASSERT_NEAR(after[i], expected, 2e-6) << "element " << i << " of step " << step;
      average[i] = ema * average[i] + (1 - ema) * after[i];
      ASSERT_NEAR(updater.adam().average()[static_cast<Index>(i)], average[i], 2e-6);
    }
  }
  EXPECT_TRUE(clipped);
}

TEST(ModelUpdaterTest, AccumulatedBatchesGiveTheGradientOfTheirUnion) {
  ModelConfig config = ToyModel();
  config.dropout = {};
  const Batch whole = RandomBatch(5, 9);
  const std::span<const SentencePair> pairs(whole.pairs);
  const Batch parts[] = {{.pairs = {pairs.begin(), pairs.begin() + 2}},
                         {.pairs = {pairs.begin() + 2, pairs.end()}}};
  ModelUpdater one(Model(config), Options());
  ModelUpdater two(Model(config), Options());
  const UpdateResult expected = one.Update({&whole, 1}, 0.01, 1);
  const UpdateResult got = two.Update(parts, 0.01, 1);
  EXPECT_EQ(got.sums.num_tokens, expected.sums.num_tokens);
  EXPECT_NEAR(got.sums.loss, expected.sums.loss, 1e-4);
  EXPECT_NEAR(got.gradient_norm, expected.gradient_norm, 1e-5 * expected.gradient_norm);
}

TEST(ModelUpdaterTest, WorkersTogetherComputeTheGradientOfOne) {
  ModelConfig config = ToyModel();
  config.dropout = {};
  const Batch batch = RandomBatch(6, 11);
  const auto two_updates = [&](const TrainingOptions& options) {
    ModelUpdater updater(Model(config), options);
    // The second shows whether every weight was updated and packed.
    return std::array{updater.Update({&batch, 1}, 0.01, 1), updater.Update({&batch, 1}, 0.01, 2)};
  };
  const std::array<UpdateResult, 2> expected = two_updates(Options());
  EXPECT_LT(expected[1].sums.loss, 0.99 * expected[0].sums.loss);
  for (const int workers : {2, 3, 20}) {
    TrainingOptions options = Options();
    options.workers = workers;
    const std::array<UpdateResult, 2> got = two_updates(options);
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].sums.num_tokens, expected[i].sums.num_tokens);
      EXPECT_NEAR(got[i].sums.loss, expected[i].sums.loss, 1e-4);
      EXPECT_NEAR(got[i].gradient_norm, expected[i].gradient_norm,
                  1e-4 * expected[i].gradient_norm);
    }
  }
}

// The losses of a few updates, and the weights after them.
std::pair<std::vector<double>, std::vector<float>> ShortTraining(const TrainingOptions& options,
                                                                 Precision precision) {
  auto model = std::make_shared<Seq2SeqModel>(ToyModel(), VocabularySizes{kVocabulary, kVocabulary},
                                              precision);
  model->parameters().Initialize(7);
  model->PackWeights();
  ModelUpdater updater(model, options);
  std::vector<double> losses;
  for (std::uint64_t step = 1; step <= 4; ++step) {
    const Batch batches[] = {RandomBatch(step, 7), RandomBatch(step + 10, 4)};
    losses.push_back(updater.Update(batches, 0.01, step).sums.loss);
  }
  return {losses, Values(model->parameters().slab())};
}

// The same seed, workers and threads give the same loss curve and the same weights, to the bit.
TEST(ModelUpdaterTest, SameSeedGivesTheSameBits) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    for (const int workers : {1, 2, 3}) {
      for (const int threads : {1, 2}) {
        TrainingOptions options = Options();
        options.workers = workers;
        options.threads = threads;
        const auto [losses, weights] = ShortTraining(options, precision);
        for (int run = 0; run < 3; ++run) {
          const auto [losses_again, weights_again] = ShortTraining(options, precision);
          EXPECT_EQ(losses_again, losses) << workers << " workers of " << threads;
          EXPECT_EQ(weights_again, weights) << workers << " workers of " << threads;
        }
      }
    }
  }
}

TEST(ModelUpdaterTest, DropoutDependsOnItsKey) {
  const Batch batch = RandomBatch(8, 7);
  ModelUpdater one(Model(), Options());
  ModelUpdater two(Model(), Options());
  EXPECT_NE(one.Update({&batch, 1}, 0.01, 1).sums.loss, two.Update({&batch, 1}, 0.01, 2).sums.loss);
}

struct FreezeCase {
  std::vector<std::string> freeze = {};
  Precision precision = Precision::kFloat32;
  int workers = 1;
};

// A model after `num_updates`, with every kind of thing that moves weights, and its updater.
std::unique_ptr<ModelUpdater> UpdatedModel(const FreezeCase& c, int num_updates,
                                           TrainingOptions options = Options()) {
  options.freeze = c.freeze;
  options.workers = c.workers;
  options.weight_decay = 0.1f;
  options.ema_decay = 0.9f;
  ModelConfig config = ToyModel();
  config.encoder.layer_norm = true;
  auto model = std::make_shared<Seq2SeqModel>(config, VocabularySizes{kVocabulary, kVocabulary},
                                              c.precision);
  model->parameters().Initialize(7);
  model->PackWeights();
  auto updater = std::make_unique<ModelUpdater>(model, options);
  for (int i = 1; i <= num_updates; ++i) {
    const Batch batch = RandomBatch(static_cast<std::uint64_t>(i), 9);
    EXPECT_TRUE(updater->Update({&batch, 1}, 0.01, static_cast<std::uint64_t>(i)).applied);
  }
  return updater;
}

std::vector<float> BlockOf(ConstView slab, const Parameter& parameter) {
  return Values(ParameterSet::Slice(slab, parameter));
}

const std::vector<std::vector<std::string>> kFreezes = {{"encoder"},
                                                        {"embedding"},
                                                        {"embedding", "encoder"},
                                                        {"decoder.cell1", "*.bias", "*weight_hh"},
                                                        {"decoder.attention.query"},
                                                        {"output.bias", "decoder"}};

TEST(ModelUpdaterTest, WhatIsFrozenDoesNotMoveByABit) {
  for (const std::vector<std::string>& freeze : kFreezes) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const int workers : {1, 3}) {
        const FreezeCase c{.freeze = freeze, .precision = precision, .workers = workers};
        const auto before = UpdatedModel(c, 0);
        const auto after = UpdatedModel(c, 5);
        int num_frozen = 0;
        for (const Parameter& parameter : after->model().parameters().list()) {
          const std::vector<float> old_values =
              BlockOf(before->model().parameters().slab(), parameter);
          const std::vector<float> values = BlockOf(after->model().parameters().slab(), parameter);
          if (parameter.is_trained) {
            EXPECT_NE(values, old_values) << parameter.name;
            continue;
          }
          ++num_frozen;
          EXPECT_EQ(values, old_values) << parameter.name;
          EXPECT_EQ(BlockOf(after->adam().average(), parameter), values) << parameter.name;
        }
        EXPECT_GT(num_frozen, 0);
      }
    }
  }
}

// Without clipping, the first step of a parameter depends on its own gradient alone.
TEST(ModelUpdaterTest, WhatIsTrainedMovesAsIfNothingWereFrozen) {
  TrainingOptions options = Options();
  options.clip_norm = 0.0f;
  const auto free = UpdatedModel({}, 1, options);
  for (const std::vector<std::string>& freeze : kFreezes) {
    const auto partly = UpdatedModel({.freeze = freeze}, 1, options);
    for (const Parameter& parameter : partly->model().parameters().list()) {
      if (!parameter.is_trained) continue;
      EXPECT_EQ(BlockOf(partly->model().parameters().slab(), parameter),
                BlockOf(free->model().parameters().slab(), parameter))
          << parameter.name;
    }
  }
}

TEST(ModelUpdaterTest, TheGradientNormIsThatOfWhatIsTrained) {
  const Batch batch = RandomBatch(3, 9);
  for (const int workers : {1, 3}) {
    const FreezeCase c{.freeze = {"encoder", "embedding"}, .workers = workers};
    const auto updater = UpdatedModel(c, 0);
    const double norm = updater->Update({&batch, 1}, 0.01, 1).gradient_norm;
    const auto free = UpdatedModel({.freeze = {}, .workers = workers}, 0);
    const double free_norm = free->Update({&batch, 1}, 0.01, 1).gradient_norm;
    // What is left out of the norm is the norm of the rest.
    const FreezeCase rest{.freeze = {"decoder", "output"}, .workers = workers};
    const double other_norm = UpdatedModel(rest, 0)->Update({&batch, 1}, 0.01, 1).gradient_norm;
    EXPECT_NEAR(norm * norm + other_norm * other_norm, free_norm * free_norm,
                1e-9 * free_norm * free_norm);
    EXPECT_LT(norm, free_norm);
  }
}

TEST(ModelUpdaterTest, AStepThatRuinsTheWeightsIsReported) {
  const Batch batch = RandomBatch(9, 5);
  for (const int workers : {1, 2}) {
    TrainingOptions options = Options();
    options.workers = workers;
    ModelUpdater updater(Model(), options);
    EXPECT_FALSE(updater.Update({&batch, 1}, 0.01, 1).ruined);
    const UpdateResult result = updater.Update({&batch, 1}, 1e39, 2);
    EXPECT_TRUE(result.applied);
    EXPECT_TRUE(result.ruined);
  }
}

TEST(ModelUpdaterTest, AGradientThatIsNotFiniteChangesNothing) {
  const std::shared_ptr<Seq2SeqModel> model = Model();
  ModelUpdater updater(model, Options());
  const Batch batch = RandomBatch(9, 5);
  updater.Update({&batch, 1}, 0.01, 1);
  // The last parameter is part of the output layer, so the loss cannot miss it.
  const Parameter& poisoned = model->parameters().list().back();
  model->parameters().slab()[poisoned.offset] = std::numeric_limits<float>::quiet_NaN();
  model->PackWeights();
  std::vector<float> before = Values(updater.adam().second_moment());
  EXPECT_FALSE(updater.Update({&batch, 1}, 0.01, 2).applied);
  EXPECT_EQ(Values(updater.adam().second_moment()), before);
  EXPECT_EQ(updater.adam().step(), 1);
}

}  // namespace
}  // namespace talmach
