// The whole model against the reference in double precision: values and all gradients, for every
// option of the configuration.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "model/seq2seq_model.h"
#include "support/random_batch.h"
#include "support/reference_model.h"

namespace talmach {
namespace {

constexpr VocabularySizes kOneVocabulary{11, 11};

ModelConfig SmallConfig() {
  ModelConfig config;
  config.embedding_size = 5;
  config.encoder = {.layers = 1, .hidden_size = 4, .layer_norm = false};
  config.decoder.hidden_size = 6;
  config.attention.size = 7;
  config.readout.size = 5;
  return config;
}

struct Case {
  std::string name;
  ModelConfig config;
  VocabularySizes vocabulary = kOneVocabulary;
  float label_smoothing = 0.1f;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, auto change) -> Case& {
    Case test{.name = name, .config = SmallConfig()};
    change(test.config);
    cases.push_back(test);
    return cases.back();
  };
  for (const DecoderType type : {DecoderType::kBahdanau, DecoderType::kConditional}) {
    for (const bool norm : {false, true}) {
      add(ToString(type) + (norm ? "_layer_norm" : ""), [&](ModelConfig& c) {
        c.decoder.type = type;
        c.encoder.layer_norm = c.decoder.layer_norm = norm;
      });
    }
  }
  add("three_layers", [](ModelConfig& c) { c.encoder.layers = 3; });
  add("no_attention_bias", [](ModelConfig& c) { c.attention.bias = false; });
  add("relu", [](ModelConfig& c) { c.attention.activation = AttentionActivation::kRelu; });
  add("no_scale", [](ModelConfig& c) { c.attention.scale = AttentionScale::kNone; });
  add("temperature", [](ModelConfig& c) { c.attention.temperature = 0.4f; });
  add("maxout", [](ModelConfig& c) { c.readout.activation = ReadoutActivation::kMaxout; });
  add("zero_state", [](ModelConfig& c) { c.decoder.initial_state = InitialState::kZero; });
  add("first_backward",
      [](ModelConfig& c) { c.decoder.initial_state = InitialState::kFirstBackward; });
  add("no_smoothing", [](ModelConfig&) {}).label_smoothing = 0.0f;
  add("tied_decoder", [](ModelConfig& c) {
    c.tied_embeddings = TiedEmbeddings::kDecoder;
  }).vocabulary = {9, 11};
  add("untied", [](ModelConfig& c) {
    c.tied_embeddings = TiedEmbeddings::kNone;
    c.readout.size = 3;
  }).vocabulary = {9, 12};
  return cases;
}

class ModelGradientTest : public testing::TestWithParam<Case> {
 protected:
  // Compares all gradients of the batch with those of the reference.
  LossSums ExpectGradients(float guided_weight);

  ModelGradientTest()
      : model_(GetParam().config, GetParam().vocabulary, Precision::kFloat32),
        batch_(RandomBatch({{3, 2}, {6, 5}, {1, 4}, {4, 5}, {6, 1}}, GetParam().vocabulary, 5)) {
    RandomiseParameters(model_.parameters(), 0.3f, 17);
    model_.PackWeights();
  }

  reference::Model Reference() {
    return {GetParam().config, reference::Export(model_.parameters(), model_.parameters().slab())};
  }

  Seq2SeqModel model_;
  Batch batch_;
  Arena arena_;
};

class GuidedAlignmentTest : public testing::Test {
 protected:
  GuidedAlignmentTest()
      : model_(SmallConfig(), kOneVocabulary, Precision::kFloat32),
        batch_(RandomBatch({{3, 2}, {6, 5}, {1, 4}}, kOneVocabulary, 5)) {
    RandomiseParameters(model_.parameters(), 0.3f, 17);
    model_.PackWeights();
  }

  Seq2SeqModel model_;
  Batch batch_;
  Arena arena_;
};

TEST_P(ModelGradientTest, ValuesMatchReference) {
  const reference::Model reference = Reference();
  const LossSums sums =
      model_.Forward(batch_, {.label_smoothing = GetParam().label_smoothing}, arena_);
  EXPECT_NEAR(sums.loss, reference.Loss(batch_, GetParam().label_smoothing), 1e-4);
  EXPECT_NEAR(sums.cross_entropy, reference.Loss(batch_, 0.0), 1e-4);
  EXPECT_EQ(sums.num_tokens, batch_.num_target_tokens());

  const std::vector<ForcedDecoding> decodings = model_.ForceDecode(batch_, arena_);
  for (std::size_t i = 0; i < batch_.pairs.size(); ++i) {
    const reference::Result expected = reference.Run(batch_.pairs[i], 0.0);
    const std::size_t source_length = batch_.pairs[i].source.size();
    ASSERT_EQ(decodings[i].log_probabilities.size(), expected.logits.size());
    double log_probability = 0;
    for (std::size_t t = 0; t < expected.attention.size(); ++t) {
      log_probability += decodings[i].log_probabilities[t];
      for (std::size_t j = 0; j < source_length; ++j) {
        EXPECT_NEAR(decodings[i].attention[t * source_length + j], expected.attention[t][j], 2e-6);
      }
    }
    EXPECT_NEAR(-log_probability, expected.loss, 1e-4);
  }
}

TEST_P(ModelGradientTest, GradientsMatchCentralDifferences) { ExpectGradients(0.0f); }

TEST_P(ModelGradientTest, GradientsWithGuidedAlignmentMatchCentralDifferences) {
  if (GetParam().config.decoder.layer_norm) return;  // its paths are those of the other cases
  batch_.pairs[0].links = {{0, 0}, {2, 0}, {1, 1}};
  batch_.pairs[1].links = {{0, 4}, {1, 1}, {3, 1}, {4, 1}};
  batch_.pairs[4].links = {{5, 0}};  // the others have none
  const LossSums sums = ExpectGradients(0.7f);
  const reference::Model reference = Reference();
  EXPECT_NEAR(sums.alignment_cost, reference.Loss(batch_, 0.0, 1.0) - reference.Loss(batch_, 0.0),
              1e-4);
  EXPECT_EQ(sums.num_aligned, 5);
}

TEST_F(GuidedAlignmentTest, LinksCostNothingWithoutAWeight) {
  Gradients plain(model_.parameters()), linked(model_.parameters());
  model_.ForwardBackward(batch_, {.guided_weight = 0.5f}, arena_, plain);
  batch_.pairs[0].links = {{0, 0}};
  const LossSums sums = model_.ForwardBackward(batch_, {}, arena_, linked);
  EXPECT_EQ(sums.num_aligned, 0);
  EXPECT_TRUE(std::ranges::equal(plain.slab().span(), linked.slab().span()));
}

TEST_F(GuidedAlignmentTest, AttentionThatIsSureOfAnotherPlaceStillLearns) {
  // The weight of the wanted place underflows: its logarithm has no slope that could be divided by.
  for (float& value : model_.parameters().slab().span()) value *= 40.0f;
  model_.PackWeights();
  Gradients gradients(model_.parameters());
  for (Index source = 0; source < 6; ++source)
    batch_.pairs[1].links.push_back({source, source % 5});
  const LossSums sums = model_.ForwardBackward(batch_, {.guided_weight = 1.0f}, arena_, gradients);
  EXPECT_GT(sums.alignment_cost, 20);
  for (const float value : gradients.slab().span()) ASSERT_TRUE(std::isfinite(value));
}

LossSums ModelGradientTest::ExpectGradients(float guided_weight) {
  Gradients gradients(model_.parameters());
  constexpr double kScale = 0.25;
  const LossSums sums = model_.ForwardBackward(batch_,
                                               {.label_smoothing = GetParam().label_smoothing,
                                                .gradient_scale = kScale,
                                                .guided_weight = guided_weight},
                                               arena_, gradients);
  const reference::Parameters actual = reference::Export(model_.parameters(), gradients.slab());

  reference::Model reference = Reference();
  for (auto& [name, matrix] : reference.parameters()) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < matrix.values.size(); ++i) {
      constexpr double kStep = 1e-5;
      const double original = matrix.values[i];
      matrix.values[i] = original + kStep;
      const double up = reference.Loss(batch_, GetParam().label_smoothing, guided_weight);
      matrix.values[i] = original - kStep;
      const double down = reference.Loss(batch_, GetParam().label_smoothing, guided_weight);
      matrix.values[i] = original;
      const double expected = kScale * (up - down) / (2 * kStep);
      difference += std::pow(actual.at(name).values[i] - expected, 2);
      norm += expected * expected;
    }
    EXPECT_GT(norm, 0) << name;
    EXPECT_LE(std::sqrt(difference), 1e-5 * std::sqrt(norm)) << name;
  }
  return sums;
}

TEST_P(ModelGradientTest, GradientsAccumulate) {
  Gradients once(model_.parameters()), twice(model_.parameters());
  model_.ForwardBackward(batch_, {}, arena_, once);
  model_.ForwardBackward(batch_, {}, arena_, twice);
  model_.ForwardBackward(batch_, {}, arena_, twice);
  for (Index i = 0; i < once.slab().size(); ++i) {
    ASSERT_NEAR(twice.slab()[i], 2 * once.slab()[i], 1e-5 + 1e-4 * std::abs(once.slab()[i]));
  }
}

// The rows of padding that products run over must not show what the memory held before: here NaN.
TEST_P(ModelGradientTest, GradientsDoNotDependOnWhatTheArenaHeld) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    ModelConfig config = GetParam().config;
    config.dropout = {.embedding = 0.1f, .state = 0.1f, .annotation = 0.1f, .readout = 0.1f};
    Seq2SeqModel model(config, GetParam().vocabulary, precision);
    RandomiseParameters(model.parameters(), 0.3f, 17);
    model.PackWeights();
    const ForwardOptions options = {.training = true, .dropout_key = 7, .label_smoothing = 0.1f};
    Arena fresh, used;
    Gradients expected(model.parameters()), actual(model.parameters());
    model.ForwardBackward(batch_, options, fresh, expected);
    const TensorView<std::byte> memory =
        used.Allocate<std::byte>({static_cast<Index>(2 * fresh.peak_bytes())});
    std::ranges::fill(memory.span(), std::byte{0xFF});  // NaN in float32 and in bfloat16
    used.Reset();
    model.ForwardBackward(batch_, options, used, actual);
    for (Index i = 0; i < expected.slab().size(); ++i) {
      ASSERT_EQ(actual.slab()[i], expected.slab()[i]) << i;
    }
    const LossSums sums = model.Forward(batch_, {}, used);
    EXPECT_EQ(sums.loss, model.Forward(batch_, {}, fresh).loss);
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, ModelGradientTest, testing::ValuesIn(AllCases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace talmach
