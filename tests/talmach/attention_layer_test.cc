// The numbers of the layer are held by tests/nn/attention_layer_test.cc; this is about the way in.
#include "talmach/attention_layer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace {

using talmach::AttentionInputs;
using talmach::AttentionLayer;
using talmach::AttentionScore;

const std::vector<float> kQuery = {1, 0.5f, -1, 2};       // [1, 2, 2]
const std::vector<float> kValue = {1, 0, 0, 1, 0.5f, 2};  // [1, 3, 2]

AttentionInputs Inputs() {
  return {.batch = 1, .queries = 2, .values = 3, .value_size = 2, .query = kQuery, .value = kValue};
}

TEST(AttentionLayerTest, ADotProductIsWhatItsEquationSays) {
  AttentionLayer layer(
      {.score = AttentionScore::kDot, .query_size = 2, .key_size = 2, .use_scale = false});
  EXPECT_TRUE(layer.parameters().empty());
  EXPECT_EQ(layer.Energies(Inputs()), (std::vector<float>{1, 0.5f, 1.5f, -1, 2, 3.5f}));
  const talmach::AttentionOutput output = layer.Forward(Inputs());
  const double sum = std::exp(1.0) + std::exp(0.5) + std::exp(1.5);
  EXPECT_NEAR(output.weights[2], std::exp(1.5) / sum, 1e-5);
  EXPECT_NEAR(output.output[0], (std::exp(1.0) + 0.5 * std::exp(1.5)) / sum, 1e-5);
}

TEST(AttentionLayerTest, MasksHide) {
  AttentionLayer layer({.query_size = 2, .key_size = 2});
  const std::vector<std::uint8_t> queries = {1, 0}, values = {1, 0, 1};
  AttentionInputs inputs = Inputs();
  inputs.query_mask = queries;
  inputs.value_mask = values;
  const talmach::AttentionOutput output = layer.Forward(inputs);
  EXPECT_EQ(output.weights[1], 0);
  EXPECT_EQ(output.output[2], 0);
  EXPECT_EQ(output.output[3], 0);
  inputs.use_causal_mask = true;
  EXPECT_EQ(layer.Forward(inputs).weights[0], 1);
}

// The sum of the outputs, whose gradient is 1 everywhere.
double Sum(AttentionLayer& layer, const AttentionInputs& inputs) {
  double sum = 0;
  for (const float value : layer.Forward(inputs).output) sum += value;
  return sum;
}

TEST(AttentionLayerTest, GradientsAreThoseOfFiniteDifferences) {
  AttentionLayer layer({.query_size = 2, .key_size = 2, .projection_size = 5, .bias = true});
  ASSERT_EQ(layer.parameters().size(), 4u);
  EXPECT_EQ(layer.parameters()[0].name, "query.weight");
  EXPECT_EQ(layer.parameters()[0].rows * layer.parameters()[0].cols, 10);
  std::vector<float> query = kQuery;
  AttentionInputs inputs = Inputs();
  inputs.query = query;
  constexpr float kStep = 1e-2f;
  const auto difference = [&](float& value) {
    const float before = value;
    value = before + kStep;
    const double above = Sum(layer, inputs);
    value = before - kStep;
    const double below = Sum(layer, inputs);
    value = before;
    return (above - below) / (2 * kStep);
  };
  const double d_query = difference(query[2]);
  const double d_weight = difference(layer.parameters()[0].values[3]);
  const std::vector<float> ones(4, 1.0f);
  Sum(layer, inputs);
  const talmach::AttentionGradients gradients = layer.Backward(inputs, ones);
  EXPECT_NEAR(gradients.query[2], d_query, 2e-3);
  EXPECT_TRUE(gradients.key.empty());
  EXPECT_NEAR(layer.parameters()[0].gradients[3], d_weight, 2e-3);
  layer.Backward(inputs, ones);
  EXPECT_NEAR(layer.parameters()[0].gradients[3], 2 * d_weight, 4e-3);
  layer.ClearGradients();
  EXPECT_EQ(layer.parameters()[0].gradients[3], 0);
}

TEST(AttentionLayerTest, LayersMove) {
  AttentionLayer layer({.query_size = 2, .key_size = 2, .projection_size = 3});
  const std::vector<float> before = layer.Forward(Inputs()).output;
  AttentionLayer moved = std::move(layer);
  EXPECT_EQ(moved.Forward(Inputs()).output, before);
}

TEST(AttentionLayerTest, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(AttentionLayer({.query_size = 2, .key_size = 3}), std::logic_error);
  AttentionLayer layer({.query_size = 2, .key_size = 2});
  AttentionInputs inputs = Inputs();
  EXPECT_THROW(layer.Backward(inputs, kQuery), std::logic_error);  // no Forward yet
  layer.Forward(inputs);
  EXPECT_THROW(layer.Backward(inputs, {}), std::logic_error);
  inputs.queries = 3;
  EXPECT_THROW(layer.Forward(inputs), std::logic_error);
}

}  // namespace
