// The layers without recurrence: embedding, keys of the attention, readout, softmax output.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nn/attention_keys.h"
#include "nn/embedding.h"
#include "nn/readout.h"
#include "nn/sequence_packing.h"
#include "nn/softmax_output.h"
#include "support/gradient_check.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

TEST(EmbeddingTest, LooksUpRowsAndSkipsPadding) {
  ParameterSet set;
  const Parameter* weight = set.AddMatrix("e", 6, 3, Initializer::kEmbedding);
  set.Allocate();
  set.Initialize(1);
  const Embedding embedding(&set, Precision::kFloat32, weight);
  Arena arena;
  EmbeddingActivations activations = embedding.Allocate(arena, 4);
  activations.tokens = {2, -1, 5, 2};
  embedding.Forward(activations);
  for (Index c = 0; c < 3; ++c) {
    EXPECT_EQ(activations.values(0, c), set.Value(weight)(2, c));
    EXPECT_EQ(activations.values(1, c), 0.0f);
    EXPECT_EQ(activations.values(2, c), set.Value(weight)(5, c));
  }

  Gradients gradients(set);
  Tensor<float> d_values = RandomMatrix(64, 3, 2);
  embedding.Backward(d_values.view(), activations, gradients);
  const View d_weight = gradients.Of(weight);
  for (Index c = 0; c < 3; ++c) {
    EXPECT_FLOAT_EQ(d_weight(2, c), d_values.view()(0, c) + d_values.view()(3, c));
    EXPECT_EQ(d_weight(5, c), d_values.view()(2, c));
    EXPECT_EQ(d_weight(0, c), 0.0f);
  }
}

TEST(EmbeddingTest, BackwardDropsWhatForwardDropped) {
  ParameterSet set;
  const Parameter* weight = set.AddMatrix("e", 50, 16, Initializer::kOne);
  set.Allocate();
  set.Initialize(1);
  const Embedding embedding(&set, Precision::kFloat32, weight);
  Arena arena;
  EmbeddingActivations activations = embedding.Allocate(arena, 50);
  for (TokenId token = 0; token < 50; ++token) activations.tokens.push_back(token);
  activations.dropout = {.key = 3, .rate = 0.4f};
  embedding.Forward(activations);
  Gradients gradients(set);
  Tensor<float> ones({64, 16});
  std::ranges::fill(ones.view().span(), 1.0f);
  embedding.Backward(ones.view(), activations, gradients);
  Index dropped = 0;
  for (Index i = 0; i < 50 * 16; ++i) {
    EXPECT_EQ(gradients.Of(weight)[i], activations.values[i]);
    dropped += activations.values[i] == 0.0f;
  }
  EXPECT_NEAR(static_cast<double>(dropped) / 800, 0.4, 0.07);
}

TEST(AttentionKeysTest, KeysAndTheirGradientsMatchReference) {
  constexpr Index kRows = 6, kAnnotation = 4, kSize = 5;
  for (const bool bias : {true, false}) {
    ParameterSet set;
    AttentionKeys attention(
        &set, Precision::kFloat32, "a",
        {.annotation_size = kAnnotation, .size = kSize, .bias = bias, .scale = false});
    set.Allocate();
    RandomiseParameters(set, 0.5f, 2);
    attention.Pack(Passes::kForwardAndBackward);
    Tensor<float> annotations = RandomMatrix(kRows, kAnnotation, 1);
    Tensor<float> keys({kRows, kSize});
    attention.Forward(Operand(annotations.view()), keys.view());

    reference::Parameters p = reference::Export(set, set.slab());
    reference::Vector x = ToVector(annotations.view());
    const auto run = [&] {
      reference::Vector y;
      for (Index r = 0; r < kRows; ++r) {
        y = reference::Join(
            y, reference::Affine(p, "a.key.weight", bias ? "a.bias" : "", Row(x, r, kAnnotation)));
      }
      return y;
    };
    const reference::Vector expected = run();
    for (Index i = 0; i < keys.size(); ++i) EXPECT_NEAR(keys.view()[i], expected[i], 1e-5);

    Tensor<float> d_keys = RandomMatrix(kRows, kSize, 3);
    Tensor<float> d_annotations({kRows, kAnnotation});
    Gradients gradients(set);
    attention.Backward(Operand(d_keys.view()), Operand(annotations.view()), d_annotations.view(),
                       gradients);
    const auto loss = [&] { return WeightedSum(run(), d_keys.view()); };
    ExpectGradient(loss, x, ToVector(d_annotations.view()), "annotations");
    ExpectParameterGradients(loss, p, set, gradients);
    EXPECT_EQ(attention.Energy().scale, nullptr);
    EXPECT_EQ(attention.ScaleGradient(gradients), nullptr);
  }
}

class ReadoutTest : public testing::TestWithParam<ReadoutActivation> {};

TEST_P(ReadoutTest, ForwardAndBackwardMatchReference) {
  constexpr Index kRows = 4;
  const ReadoutSizes sizes{.state = 3, .embedding = 2, .context = 5, .readout = 4};
  ParameterSet set;
  Readout readout(&set, Precision::kFloat32, "r", sizes, GetParam());
  set.Allocate();
  RandomiseParameters(set, 0.4f, 4);
  readout.Pack(Passes::kForwardAndBackward);
  Arena arena;
  const std::vector<Index> widths{3, 2, 5};
  std::vector<View> inputs;
  std::vector<reference::Vector> x;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    inputs.push_back(arena.AllocateRows(kRows, widths[i]));
    RandomStream random(10 + i);
    for (float& value : inputs[i].Rows(0, kRows).span()) value = random.Normal();
    x.push_back(ToVector(inputs[i].Rows(0, kRows)));
  }
  const ReadoutInputs operands{Operand(inputs[0]), Operand(inputs[1]), Operand(inputs[2])};
  const ReadoutActivations activations = readout.Allocate(arena, kRows);
  readout.Forward(operands, activations);

  reference::Parameters p = reference::Export(set, set.slab());
  const auto run = [&] {
    reference::Vector t;
    for (Index r = 0; r < kRows; ++r) {
      t = reference::Join(t, reference::Readout(p, "r", GetParam(), Row(x[0], r, 3),
                                                Row(x[1], r, 2), Row(x[2], r, 5)));
    }
    return t;
  };
  const reference::Vector expected = run();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(activations.operand.AsView()[static_cast<Index>(i)], expected[i], 1e-5);
  }

  const Tensor<float> weights = RandomMatrix(kRows, sizes.readout, 7);
  const View d_values = arena.AllocateRows(kRows, sizes.readout);
  std::ranges::copy(weights.view().span(), d_values.data());
  std::vector<View> d_inputs;
  for (const Index width : widths) d_inputs.push_back(arena.AllocateRows(kRows, width));
  Gradients gradients(set);
  readout.Backward(operands, activations, d_values,
                   {.states = d_inputs[0], .embeddings = d_inputs[1], .contexts = d_inputs[2]},
                   arena, gradients);
  const auto loss = [&] { return WeightedSum(run(), weights.view()); };
  for (std::size_t i = 0; i < widths.size(); ++i) {
    ExpectGradient(loss, x[i], ToVector(d_inputs[i].Rows(0, kRows)), "input " + std::to_string(i));
  }
  ExpectParameterGradients(loss, p, set, gradients);
}

INSTANTIATE_TEST_SUITE_P(Activations, ReadoutTest,
                         testing::Values(ReadoutActivation::kTanh, ReadoutActivation::kMaxout));

// More rows than there are at a time, so that both loops are seen.
TEST(SoftmaxOutputTest, LossAndGradientsMatchReference) {
  constexpr Index kTokens = SoftmaxOutput::kGradientRows + 3, kSize = 3, kVocabulary = 5;
  ParameterSet set;
  const Parameter* weight = set.AddMatrix("w", kVocabulary, kSize, Initializer::kGlorotUniform);
  SoftmaxOutput output(&set, Precision::kFloat32, weight);
  set.Allocate();
  RandomiseParameters(set, 0.5f, 6);
  output.Pack(Passes::kForwardAndBackward);
  Arena arena;
  const View t = arena.AllocateRows(kTokens, kSize);
  RandomStream random(1);
  for (float& value : t.Rows(0, kTokens).span()) value = random.Normal();
  std::vector<TokenId> targets;
  for (Index i = 0; i < kTokens; ++i) targets.push_back(static_cast<TokenId>(random.Below(5)));
  targets.resize(RoundUp(kTokens, Arena::kRowPadding), TokenId{-1});

  const View d_t = arena.AllocateRows(kTokens, kSize);
  Gradients gradients(set);
  const LossOptions options{.label_smoothing = 0.2f, .gradient_scale = 1.0f};
  const LossSums sums = output.LossAndGradient(Operand(t), targets, options, arena, d_t, gradients);

  reference::Parameters p = reference::Export(set, set.slab());
  reference::Vector x = ToVector(t.Rows(0, kTokens));
  const auto loss_with = [&](double smoothing) {
    double loss = 0;
    for (Index i = 0; i < kTokens; ++i) {
      loss += reference::CrossEntropy(reference::Affine(p, "w", "output.bias", Row(x, i, kSize)),
                                      targets[i], smoothing);
    }
    return loss;
  };
  EXPECT_EQ(sums.num_tokens, kTokens);
  EXPECT_NEAR(sums.loss, loss_with(0.2f), 1e-3);
  EXPECT_NEAR(sums.cross_entropy, loss_with(0.0), 1e-3);
  ExpectGradient([&] { return loss_with(0.2f); }, x, ToVector(d_t.Rows(0, kTokens)), "readout");
  ExpectParameterGradients([&] { return loss_with(0.2f); }, p, set, gradients);

  std::vector<float> log_likelihoods(targets.size());
  const LossSums alone = output.Loss(Operand(t), targets, options, arena, log_likelihoods);
  EXPECT_DOUBLE_EQ(alone.loss, sums.loss);
}

TEST(SequencePackingTest, StepsArePrefixes) {
  const std::vector<Index> lengths{4, 2, 2, 1};
  const SequencePacking packing(lengths);
  EXPECT_EQ(packing.num_steps(), 4);
  EXPECT_EQ(packing.num_tokens(), 9);
  EXPECT_EQ(packing.padded_tokens(), 64);
  EXPECT_EQ(packing.step_rows(0), 4);
  EXPECT_EQ(packing.step_rows(1), 3);
  EXPECT_EQ(packing.step_rows(3), 1);
  EXPECT_EQ(packing.step_rows(4), 0);
  EXPECT_EQ(packing.Row(2, 1), 6);
}

TEST(SequencePackingTest, RefusesWrongLengths) {
  EXPECT_THROW(SequencePacking(std::vector<Index>{1, 2}), std::logic_error);
  EXPECT_THROW(SequencePacking(std::vector<Index>{2, 0}), std::logic_error);
}

TEST(ParameterSetTest, OrthogonalBlocksAreOrthogonal) {
  ParameterSet set;
  const Parameter* weight = set.AddMatrix("w", 12, 4, Initializer::kOrthogonal);
  set.Allocate();
  set.Initialize(9);
  const View w = set.Value(weight);
  for (Index block = 0; block < 12; block += 4) {
    for (Index a = 0; a < 4; ++a) {
      for (Index b = 0; b < 4; ++b) {
        double dot = 0;
        for (Index c = 0; c < 4; ++c) dot += double{w(block + a, c)} * w(block + b, c);
        EXPECT_NEAR(dot, a == b ? 1.0 : 0.0, 1e-5);
      }
    }
  }
}

TEST(ParameterSetTest, StoredTensorsJoinColumnBlocks) {
  ParameterSet set;
  const Parameter* left = set.AddColumns("w", 2, 1, 0, 3, Initializer::kZero);
  const Parameter* right = set.AddColumns("w", 2, 2, 1, 3, Initializer::kZero);
  set.AddVector("b", 2, Initializer::kOne);
  set.Allocate();
  const std::vector<float> stored{1, 2, 3, 4, 5, 6};
  const std::vector<ParameterSet::StoredTensor> tensors = set.StoredTensors();
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].shape, (std::vector<Index>{2, 3}));
  ParameterSet::InsertStored(tensors[0], stored, set.slab());
  EXPECT_EQ(set.Value(left)(1, 0), 4);
  EXPECT_EQ(set.Value(right)(1, 1), 6);
  std::vector<float> back(6);
  ParameterSet::ExtractStored(tensors[0], set.slab(), back);
  EXPECT_EQ(back, stored);
  EXPECT_EQ(set.num_values(), 8);
}

}  // namespace
}  // namespace talmach
