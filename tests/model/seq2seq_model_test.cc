#include "model/seq2seq_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/parallel.h"
#include "model/inference_model.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

constexpr VocabularySizes kVocabulary{23, 23};

ModelConfig Config() {
  ModelConfig config;
  config.embedding_size = 32;
  config.encoder = {.layers = 2, .hidden_size = 32, .layer_norm = true};
  config.decoder.hidden_size = 32;
  config.decoder.layer_norm = true;
  config.attention.size = 32;
  config.readout.size = 32;
  return config;
}

std::shared_ptr<Seq2SeqModel> MakeModel(const ModelConfig& config, Precision precision) {
  auto model = std::make_shared<Seq2SeqModel>(config, kVocabulary, precision);
  RandomiseParameters(model->parameters(), 0.2f, 3);
  model->PackWeights();
  return model;
}

Batch TestBatch() {
  return RandomBatch({{5, 7}, {9, 3}, {1, 1}, {4, 9}, {12, 9}, {2, 6}}, kVocabulary, 8);
}

double Dot(ConstView a, ConstView b) {
  double sum = 0;
  for (Index i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

TEST(Seq2SeqModelTest, BatchEqualsSentencesOneByOne) {
  const auto model = MakeModel(Config(), Precision::kFloat32);
  const Batch batch = TestBatch();
  Arena arena;
  Gradients together(model->parameters()), apart(model->parameters());
  const LossSums all = model->ForwardBackward(batch, {}, arena, together);
  LossSums sum;
  for (const SentencePair& pair : batch.pairs) {
    sum += model->ForwardBackward(std::span(&pair, 1), {}, arena, apart);
  }
  EXPECT_NEAR(all.loss, sum.loss, 1e-3);
  EXPECT_EQ(all.num_tokens, sum.num_tokens);
  const double norm = Dot(apart.slab(), apart.slab());
  double difference = 0;
  for (Index i = 0; i < apart.slab().size(); ++i) {
    difference += std::pow(double{apart.slab()[i]} - together.slab()[i], 2);
  }
  EXPECT_LE(std::sqrt(difference), 1e-5 * std::sqrt(norm));
}

TEST(Seq2SeqModelTest, OrderOfPairsDoesNotMatter) {
  const auto model = MakeModel(Config(), Precision::kFloat32);
  Batch batch = TestBatch();
  Arena arena;
  const std::vector<ForcedDecoding> first = model->ForceDecode(batch, arena);
  std::ranges::reverse(batch.pairs);
  const std::vector<ForcedDecoding> second = model->ForceDecode(batch, arena);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const ForcedDecoding& other = second[first.size() - 1 - i];
    ASSERT_EQ(first[i].attention.size(), other.attention.size());
    for (std::size_t t = 0; t < first[i].log_probabilities.size(); ++t) {
      EXPECT_NEAR(first[i].log_probabilities[t], other.log_probabilities[t], 1e-5);
    }
  }
}

TEST(Seq2SeqModelTest, SameThreadCountGivesSameBits) {
  const auto model = MakeModel(Config(), Precision::kFloat32);
  for (const int threads : {1, 2}) {
    const ScopedNumThreads count(threads);
    Arena arena;
    Gradients first(model->parameters()), second(model->parameters());
    for (Gradients* gradients : {&first, &second}) {
      model->ForwardBackward(TestBatch(), {.label_smoothing = 0.1f}, arena, *gradients);
    }
    for (Index i = 0; i < first.slab().size(); ++i) {
      ASSERT_EQ(first.slab()[i], second.slab()[i]);
    }
  }
}

// The loss when the parameters are moved by `distance` along a direction; they are put back.
double LossAlong(Seq2SeqModel& model, std::span<const double> direction, double distance,
                 const ForwardOptions& options) {
  const View slab = model.parameters().slab();
  const std::vector<float> original(slab.span().begin(), slab.span().end());
  for (Index i = 0; i < slab.size(); ++i) slab[i] += static_cast<float>(distance * direction[i]);
  model.PackWeights();
  Arena arena;
  const double loss = model.Forward(TestBatch(), options, arena).loss;
  std::ranges::copy(original, slab.data());
  model.PackWeights();
  return loss;
}

// With every dropout on, the loss for a fixed key is a function of the parameters; its slope along
// the gradient of one parameter must be the norm of that gradient.
TEST(Seq2SeqModelTest, GradientsWithDropoutMatchTheSlopesOfTheLoss) {
  const ScopedNumThreads one(1);  // the work is tiny
  ModelConfig config = Config();
  config.dropout = {.embedding = 0.2f,
                    .state = 0.3f,
                    .annotation = 0.2f,
                    .readout = 0.3f,
                    .attention = 0.2f,
                    .source_word = 0.2f,
                    .target_word = 0.2f};
  for (const DecoderType type : {DecoderType::kBahdanau, DecoderType::kConditional}) {
    config.decoder.type = type;
    const auto model = MakeModel(config, Precision::kFloat32);
    const ForwardOptions options{.training = true, .dropout_key = 99, .label_smoothing = 0.1f};
    Arena arena;
    Gradients gradients(model->parameters());
    const double at = model->ForwardBackward(TestBatch(), options, arena, gradients).loss;
    for (const Parameter& parameter : model->parameters().list()) {
      const View gradient = gradients.Of(&parameter);
      const double norm = std::sqrt(Dot(gradient, gradient));
      ASSERT_GT(norm, 0) << parameter.name;
      std::vector<double> direction(gradients.slab().size());
      for (Index i = 0; i < gradient.size(); ++i) {
        direction[parameter.offset + i] = gradient[i] / norm;
      }
      // Far enough for float32 to see the change, near enough for the loss to be straight.
      const double step = std::clamp(0.05 / norm, 1e-3, 0.05);
      const double slope = (LossAlong(*model, direction, step, options) -
                            LossAlong(*model, direction, -step, options)) /
                           (2 * step);
      EXPECT_NEAR(slope, norm, 0.01 * norm) << ToString(type) << " " << parameter.name;
    }
    // Without dropout the loss is another one: the masks are really applied.
    EXPECT_GT(std::abs(model->Forward(TestBatch(), {}, arena).loss - at), 1e-2 * at);
  }
}

// The loss of the test batch in training, with one dropout and its key.
double LossWith(float DropoutConfig::*kind, float rate, std::uint64_t key) {
  ModelConfig config = Config();
  config.dropout.*kind = rate;
  Arena arena;
  return MakeModel(config, Precision::kFloat32)
      ->Forward(TestBatch(), {.training = true, .dropout_key = key}, arena)
      .loss;
}

// What is left out of forward and backward alike has right gradients, too.
TEST(Seq2SeqModelTest, EachKindOfDropoutActsOnItsOwnAndFollowsTheKey) {
  using Rates = DropoutConfig;
  for (float Rates::*kind : {&Rates::embedding, &Rates::state, &Rates::annotation, &Rates::readout,
                             &Rates::attention, &Rates::source_word, &Rates::target_word}) {
    const double none = LossWith(kind, 0.0f, 1);
    EXPECT_EQ(LossWith(kind, 0.0f, 2), none);
    const double some = LossWith(kind, 0.5f, 1);
    EXPECT_NE(some, none);
    EXPECT_EQ(LossWith(kind, 0.5f, 1), some);
    EXPECT_NE(LossWith(kind, 0.5f, 2), some);
  }
}

TEST(Seq2SeqModelTest, WordDropoutMakesWordsUnknownAndSparesTheEnd) {
  constexpr float kNearlyOne = 0.999999f;  // rounds to one in the 16 bits of masks
  Batch unknown = TestBatch();
  for (SentencePair& pair : unknown.pairs) {
    std::fill(pair.source.begin(), pair.source.end() - 1, kUnknownId);
  }
  Arena arena;
  const auto model = MakeModel(Config(), Precision::kFloat32);
  EXPECT_EQ(LossWith(&DropoutConfig::source_word, kNearlyOne, 1),
            model->Forward(unknown, {}, arena).loss);
}

TEST(Seq2SeqModelTest, BFloat16IsCloseToFloat32) {
  const auto exact = MakeModel(Config(), Precision::kFloat32);
  const auto rounded = MakeModel(Config(), Precision::kBFloat16);
  Arena arena;
  Gradients expected(exact->parameters()), actual(rounded->parameters());
  const LossSums a = exact->ForwardBackward(TestBatch(), {}, arena, expected);
  const LossSums b = rounded->ForwardBackward(TestBatch(), {}, arena, actual);
  EXPECT_NEAR(a.loss, b.loss, 0.01 * a.loss);
  const double cosine =
      Dot(expected.slab(), actual.slab()) /
      std::sqrt(Dot(expected.slab(), expected.slab()) * Dot(actual.slab(), actual.slab()));
  EXPECT_GT(cosine, 0.999);
}

TEST(Seq2SeqModelTest, EmptyBatchCostsNothing) {
  const auto model = MakeModel(Config(), Precision::kFloat32);
  Arena arena;
  Gradients gradients(model->parameters());
  EXPECT_EQ(model->ForwardBackward({}, {}, arena, gradients).num_tokens, 0);
  EXPECT_TRUE(model->ForceDecode({}, arena).empty());
}

// Bytes that an update in training takes, measured and in truth.
std::pair<std::size_t, std::size_t> MeasuredAndTrueBytes(const ModelConfig& config,
                                                         Precision precision,
                                                         const BatchShape& shape) {
  const auto model = MakeModel(config, precision);
  Arena arena;
  Gradients gradients(model->parameters());
  const std::vector<std::pair<Index, Index>> lengths(static_cast<std::size_t>(shape.num_sentences),
                                                     {shape.source_length, shape.target_length});
  Batch batch = RandomBatch(lengths, kVocabulary, 1);
  if (shape.has_links) batch.pairs.front().links = {{.source = 0, .target = 0}};
  model->ForwardBackward(batch, {.training = true, .guided_weight = 0.5f}, arena, gradients);
  const ModelFootprint measured = Seq2SeqModel::Measure(config, kVocabulary, precision, shape);
  EXPECT_EQ(measured.num_parameters, model->parameters().num_values());
  EXPECT_EQ(measured.slab_size, model->parameters().slab_size());
  return {measured.activation_bytes, arena.peak_bytes()};
}

TEST(Seq2SeqModelTest, MeasuredActivationsAreThoseOfAnUpdate) {
  ModelConfig masks = Config();
  masks.dropout = {.embedding = 0.1f, .state = 0.2f, .annotation = 0.1f, .readout = 0.1f};
  masks.dropout.attention = 0.3f;
  ModelConfig plain;
  plain.embedding_size = 48;
  plain.encoder = {.layers = 1, .hidden_size = 40, .layer_norm = false};
  plain.decoder = {
      .type = DecoderType::kBahdanau, .hidden_size = 24, .initial_state = InitialState::kZero};
  plain.readout = {.size = 48, .activation = ReadoutActivation::kMaxout};
  ModelConfig first = masks;
  first.decoder.type = DecoderType::kBahdanau;
  first.decoder.initial_state = InitialState::kFirstBackward;
  for (const ModelConfig& config : {Config(), masks, plain, first}) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const BatchShape& shape :
           {BatchShape{16, 12, 14}, BatchShape{1, 3, 40}, BatchShape{16, 12, 14, true}}) {
        const auto [measured, used] = MeasuredAndTrueBytes(config, precision, shape);
        EXPECT_EQ(measured, used) << ToString(config.decoder.type) << ", "
                                  << config.dropout.attention << ", " << shape.num_sentences
                                  << (shape.has_links ? ", guided" : "");
      }
    }
  }
}

TEST(Seq2SeqModelTest, MeasuresModelsTooLargeForAnyMachine) {
  ModelConfig config = Config();
  config.tied_embeddings = TiedEmbeddings::kDecoder;
  config.embedding_size = config.readout.size = 65536;
  config.encoder.hidden_size = config.decoder.hidden_size = 65536;
  const ModelFootprint measured =
      Seq2SeqModel::Measure(config, {1000000, 1000000}, Precision::kFloat32, {64, 100, 100});
  EXPECT_GT(measured.num_parameters, 200'000'000'000);
  EXPECT_GT(measured.activation_bytes, 10'000'000'000u);
}

TEST(InferenceModelTest, StepsEqualForcedDecoding) {
  for (const DecoderType type : {DecoderType::kBahdanau, DecoderType::kConditional}) {
    for (const InitialState state :
         {InitialState::kMean, InitialState::kFirstBackward, InitialState::kZero}) {
      ModelConfig config = Config();
      config.decoder.type = type;
      config.decoder.initial_state = state;
      const auto model = MakeModel(config, Precision::kFloat32);
      const InferenceModel inference(model);
      const Batch batch = TestBatch();
      Arena arena;
      const std::vector<ForcedDecoding> expected = model->ForceDecode(batch, arena);

      std::vector<std::vector<TokenId>> sources;
      for (const SentencePair& pair : batch.pairs) sources.push_back(pair.source);
      const EncodedSources encoded = inference.Encode(sources, arena);
      for (Index i = 0; i < encoded.num_sources(); ++i) {
        const std::vector<TokenId>& target = batch.pairs[i].target;
        // Two equal hypotheses of the same source share its keys.
        Tensor<float> states({2, 32}), next({2, 32}), scores({2, 23});
        Tensor<float> attention({2, encoded.longest()});
        for (Index row : {0, 1}) {
          std::copy_n(encoded.initial_states().row(i), 32, states.view().row(row));
        }
        TokenId last = kBeginId;
        for (std::size_t t = 0; t < target.size(); ++t) {
          const std::vector<Index> source_of{i, i};
          const std::vector<TokenId> tokens{last, last};
          inference.Step(encoded,
                         {.source_of = source_of,
                          .last_token = tokens,
                          .states = states.view(),
                          .next_states = next.view(),
                          .attention = attention.view()},
                         scores.view(), arena);
          for (Index row : {0, 1}) {
            EXPECT_NEAR(scores.view()(row, target[t]), expected[i].log_probabilities[t], 1e-5);
            for (Index j = 0; j < encoded.longest(); ++j) {
              const float weight =
                  j < encoded.length(i)
                      ? expected[i].attention[static_cast<Index>(t) * encoded.length(i) + j]
                      : 0.0f;
              EXPECT_NEAR(attention.view()(row, j), weight, 1e-6);
            }
          }
          last = target[t];
          std::swap(states, next);
        }
      }
    }
  }
}

TEST(ModelConfigTest, SurvivesJson) {
  ModelConfig config = Config();
  config.attention.temperature = 0.5f;
  config.decoder.initial_state = InitialState::kFirstBackward;
  config.dropout.readout = 0.25f;
  EXPECT_EQ(ToJson(ModelConfigFromJson(ToJson(config))), ToJson(config));
}

TEST(ModelConfigTest, NamesWhatIsWrong) {
  ModelConfig config = Config();
  config.readout.size = 16;
  EXPECT_THROW(Validate(config, kVocabulary), ConfigError);
  config = Config();
  EXPECT_THROW(Validate(config, {23, 24}), ConfigError);
  config.dropout.state = 1.0f;
  EXPECT_THROW(Validate(config, kVocabulary), ConfigError);
  nlohmann::json json = ToJson(Config());
  json["decoder"]["type"] = "transformer";
  try {
    ModelConfigFromJson(json);
    FAIL() << "an unknown decoder was accepted";
  } catch (const CheckpointError& error) {
    EXPECT_NE(std::string(error.what()).find("model.decoder.type"), std::string::npos);
  }
}

TEST(ModelConfigTest, SizesAreWholeNumbers) {
  for (const nlohmann::json& size :
       {nlohmann::json(2.5), nlohmann::json(1e300), nlohmann::json(true)}) {
    nlohmann::json json = ToJson(Config());
    json["encoder"]["hidden_size"] = size;
    EXPECT_THROW(ModelConfigFromJson(json), CheckpointError) << size;
  }
}

}  // namespace
}  // namespace talmach
