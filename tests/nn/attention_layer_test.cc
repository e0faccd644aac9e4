// The attention layer: small cases computed by hand, then every combination of its options against
// the equations of its header in double precision.
#include "nn/attention_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/gradient_check.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

using reference::Vector;

// A layer with what one call needs.
struct Layer {
  Layer(const AttentionOptions& options, const AttentionDims& sizes)
      : attention(&set, "a", options), dims(sizes) {
    set.Allocate();
    set.Initialize(1);
    query = arena.Allocate<float>({dims.batch, dims.queries, options.query_size});
    value = arena.Allocate<float>({dims.batch, dims.values, dims.value_size});
    key = arena.Allocate<float>({dims.batch, dims.values, options.key_size});
    activations = attention.Allocate(arena, dims);
    inputs = {.query = query, .value = value, .key = key};
  }

  void Forward() {
    attention.Pack(Passes::kForwardAndBackward);
    attention.Forward(inputs, activations);
  }

  ParameterSet set;
  SequenceAttention attention;
  AttentionDims dims;
  Arena arena;
  View query, value, key;
  AttentionActivations activations;
  AttentionInputs inputs;
};

void Set(View view, const std::vector<float>& values) {
  ASSERT_EQ(view.size(), std::ssize(values));
  std::ranges::copy(values, view.data());
}

void ExpectNear(ConstView view, const std::vector<double>& values) {
  ASSERT_EQ(view.size(), std::ssize(values));
  for (Index i = 0; i < view.size(); ++i) {
    EXPECT_NEAR(view[i], values[static_cast<std::size_t>(i)], 1e-6) << i;
  }
}

// ---------------------------------------------------------------- by hand

// One query 0 and the values ±1, which are the keys too: the energies are ±tanh 1, so the weights
// are (1 ± t) / 2 with t = tanh(tanh 1), and the output is t.
TEST(AttentionLayerTest, AdditiveByHand) {
  Layer layer({.query_size = 1, .key_size = 1, .use_scale = false}, {1, 1, 2, 1});
  Set(layer.query, {0});
  Set(layer.value, {1, -1});
  layer.inputs.key = {};
  layer.Forward();
  const double t = std::tanh(std::tanh(1.0));
  ExpectNear(layer.activations.weights, {(1 + t) / 2, (1 - t) / 2});
  ExpectNear(layer.activations.output, {t});
}

// A key apart from the value, and a scale of 2 that doubles the energies: with the query 0 and the
// keys 0 and x, tanh x = ln(3) / 2, the weights are 1/4 and 3/4.
TEST(AttentionLayerTest, KeyAndScaleByHand) {
  Layer layer({.query_size = 1, .key_size = 1}, {1, 1, 2, 3});
  layer.set.Value(&layer.set.list()[0])[0] = 2.0f;
  Set(layer.query, {0});
  Set(layer.key, {0, static_cast<float>(std::atanh(std::log(3.0) / 2))});
  Set(layer.value, {4, 0, 8, 0, 4, 8});
  layer.Forward();
  ExpectNear(layer.activations.weights, {0.25, 0.75});
  ExpectNear(layer.activations.output, {1, 3, 8});
}

// Equal keys make every visible value count the same, so that masks can be read off.
struct EqualKeys : Layer {
  EqualKeys() : Layer({.query_size = 1, .key_size = 1}, {1, 3, 3, 1}) {
    Set(query, {1, 2, 3});
    Set(key, {5, 5, 5});
    Set(value, {6, 12, 24});
  }
};

TEST(AttentionLayerTest, ValueMaskHidesValues) {
  EqualKeys layer;
  const std::vector<std::uint8_t> mask{1, 0, 1};
  layer.inputs.value_mask = MaskView(mask.data(), {1, 3});
  layer.Forward();
  ExpectNear(layer.activations.weights, {.5, 0, .5, .5, 0, .5, .5, 0, .5});
  ExpectNear(layer.activations.output, {15, 15, 15});
  EXPECT_EQ(layer.activations.weights[1], 0.0f);
}

TEST(AttentionLayerTest, CausalMaskHidesWhatIsLater) {
  EqualKeys layer;
  layer.inputs.use_causal_mask = true;
  layer.Forward();
  ExpectNear(layer.activations.weights, {1, 0, 0, .5, .5, 0, 1 / 3., 1 / 3., 1 / 3.});
  ExpectNear(layer.activations.output, {6, 9, 14});
}

// As in Keras, the output is hidden, the weights are not.
TEST(AttentionLayerTest, QueryMaskZeroesRowsOfTheOutput) {
  EqualKeys layer;
  const std::vector<std::uint8_t> mask{1, 0, 1};
  layer.inputs.query_mask = MaskView(mask.data(), {1, 3});
  layer.Forward();
  ExpectNear(layer.activations.output, {14, 0, 14});
  ExpectNear(layer.activations.weights, std::vector<double>(9, 1 / 3.));
}

TEST(AttentionLayerTest, AQueryThatSeesNothingGetsZeros) {
  EqualKeys layer;
  const std::vector<std::uint8_t> mask{0, 1, 1};
  layer.inputs.value_mask = MaskView(mask.data(), {1, 3});
  layer.inputs.use_causal_mask = true;
  layer.Forward();
  ExpectNear(layer.activations.weights, {0, 0, 0, 0, 1, 0, 0, .5, .5});
  ExpectNear(layer.activations.output, {0, 12, 18});
}

// The query (1, 1) and the keys (0, 0) and (ln 3, ln 3): energies 0 and 2 ln 3, over √2 if scaled.
TEST(AttentionLayerTest, ProductsByHand) {
  const auto x = static_cast<float>(std::log(3.0));
  for (const bool scaled : {false, true}) {
    Layer layer({.score = scaled ? AttentionScore::kScaledDot : AttentionScore::kDot,
                 .query_size = 2,
                 .key_size = 2},
                {1, 1, 2, 1});
    Set(layer.query, {1, 1});
    Set(layer.key, {0, 0, x, x});
    Set(layer.value, {0, 1});
    layer.Forward();
    const double odds = scaled ? std::pow(9.0, 1 / std::sqrt(2.0)) : 9.0;
    ExpectNear(layer.activations.output, {odds / (1 + odds)});
  }
}

// e before masks: with the query (1, 2) and the keys (3, 4) and (0, −1) products are 11 and −2.
TEST(AttentionLayerTest, EnergiesByHand) {
  Layer layer({.score = AttentionScore::kDot, .query_size = 2, .key_size = 2}, {1, 1, 2, 1});
  Set(layer.query, {1, 2});
  Set(layer.key, {3, 4, 0, -1});
  Set(layer.value, {0, 0});
  layer.inputs.use_causal_mask = true;
  layer.Forward();
  const View energies = layer.arena.Allocate<float>({1, 1, 2});
  layer.attention.Energies(layer.inputs, layer.activations, energies);
  ExpectNear(energies, {11, -2});
}

TEST(AttentionLayerTest, DropoutIsOfTheSeedAndTheCallAndOnlyInTraining) {
  Layer layer({.query_size = 2, .key_size = 2, .dropout = 0.25f, .seed = 5}, {4, 20, 30, 2});
  for (const View view : {layer.query, layer.key, layer.value}) std::ranges::fill(view.span(), 1);
  const auto dropped_weights = [&](bool training, std::uint64_t call) {
    layer.inputs.training = training;
    layer.inputs.call = call;
    layer.Forward();
    return ToVector(layer.activations.dropped_weights);
  };
  const Vector kept = dropped_weights(false, 0);
  EXPECT_EQ(kept, ToVector(layer.activations.weights));
  const Vector first = dropped_weights(true, 0);
  EXPECT_EQ(first, dropped_weights(true, 0));
  EXPECT_NE(first, dropped_weights(true, 1));
  const auto dropped = static_cast<double>(std::ranges::count(first, 0.0));
  EXPECT_NEAR(dropped / static_cast<double>(first.size()), 0.25, 0.03);
  EXPECT_NEAR(std::ranges::max(first), 1 / 30. / 0.75, 1e-6);
}

TEST(AttentionLayerTest, RefusesWhatDoesNotFit) {
  ParameterSet set;
  EXPECT_THROW(SequenceAttention(&set, "a", {.query_size = 2, .key_size = 3}), std::logic_error);
  EXPECT_THROW(SequenceAttention(&set, "a",
                                 {.score = AttentionScore::kGeneral,
                                  .query_size = 2,
                                  .key_size = 3,
                                  .projection_size = 4}),
               std::logic_error);
  EXPECT_THROW(
      SequenceAttention(
          &set, "a", {.score = AttentionScore::kDot, .query_size = 2, .key_size = 2, .bias = true}),
      std::logic_error);
  EXPECT_THROW(
      AdditiveAttention(&set, "a", {.score = AttentionScore::kDot, .query_size = 2, .key_size = 2}),
      std::logic_error);
  Layer layer({.query_size = 2, .key_size = 2}, {1, 2, 3, 4});
  layer.inputs.key = {};  // values of 4 numbers cannot be keys of 2
  EXPECT_THROW(layer.Forward(), std::logic_error);
}

// ---------------------------------------------------------------- every option

// The equations of attention.h, one number at a time.
struct Reference {
  const AttentionOptions& options;
  const AttentionDims& dims;
  const AttentionInputs& inputs;  // for its masks
  reference::Parameters parameters;
  Vector query, value, key;
  Vector dropout;  // factors [B, Q, V], or empty

  Vector Project(const char* name, bool bias, const Vector& x) const {
    Vector y = parameters.contains(std::string(name) + ".weight")
                   ? reference::Affine(parameters, std::string(name) + ".weight", "", x)
                   : x;
    return bias ? reference::Add(y, parameters.at("a.bias").values) : y;
  }

  double Energy(const Vector& q, const Vector& k) const {
    const bool additive = options.score == AttentionScore::kAdditive;
    const Vector ones(q.size(), 1.0);
    const Vector& scale = options.use_scale ? parameters.at("a.scale").values : ones;
    double energy = 0;
    for (std::size_t a = 0; a < q.size(); ++a) {
      const double x = q[a] + k[a];
      const double activated =
          options.activation == AttentionActivation::kTanh ? std::tanh(x) : std::max(x, 0.0);
      energy += additive ? scale[a] * activated : scale[0] * q[a] * k[a];
    }
    if (options.score == AttentionScore::kScaledDot) energy /= std::sqrt(q.size());
    return energy / options.temperature;
  }

  bool Sees(Index b, Index i, Index j) const {
    return (inputs.value_mask.empty() || inputs.value_mask(b, j) != 0) &&
           (!inputs.use_causal_mask || j <= i);
  }

  Vector Output() const {
    const bool value_is_key = inputs.key.rank() == 0;
    Vector outputs;
    for (Index b = 0; b < dims.batch; ++b) {
      std::vector<Vector> keys;
      for (Index j = 0; j < dims.values; ++j) {
        const Vector x = value_is_key ? Row(value, b * dims.values + j, dims.value_size)
                                      : Row(key, b * dims.values + j, options.key_size);
        keys.push_back(Project("a.key", options.bias, x));
      }
      for (Index i = 0; i < dims.queries; ++i) {
        const Index row = b * dims.queries + i;
        const Vector q = Project("a.query", false, Row(query, row, options.query_size));
        Vector weights;
        double sum = 0;
        for (Index j = 0; j < dims.values; ++j) {
          weights.push_back(Sees(b, i, j) ? std::exp(Energy(q, keys[static_cast<std::size_t>(j)]))
                                          : 0.0);
          sum += weights.back();
        }
        Vector output(static_cast<std::size_t>(dims.value_size));
        const bool shown = inputs.query_mask.empty() || inputs.query_mask(b, i) != 0;
        for (Index j = 0; j < dims.values && sum > 0 && shown; ++j) {
          double weight = weights[static_cast<std::size_t>(j)] / sum;
          if (!dropout.empty()) weight *= dropout[static_cast<std::size_t>(row * dims.values + j)];
          for (Index c = 0; c < dims.value_size; ++c) {
            output[static_cast<std::size_t>(c)] +=
                weight *
                value[static_cast<std::size_t>((b * dims.values + j) * dims.value_size + c)];
          }
        }
        outputs = reference::Join(outputs, output);
      }
    }
    return outputs;
  }
};

// What varies from call to call.
struct CallVariant {
  bool separate_key;
  bool value_mask;
  bool causal;
  bool query_mask;
};

void Randomise(View view, std::uint64_t seed) {
  RandomStream random(seed);
  for (float& value : view.span()) value = random.Normal();
}

void ExpectLayerMatchesReference(const AttentionOptions& options, const CallVariant& variant) {
  Layer layer(options, {3, 4, 5, variant.separate_key ? 6 : options.key_size});
  const AttentionDims& dims = layer.dims;
  RandomiseParameters(layer.set, 0.5f, 7);
  Randomise(layer.query, 1);
  Randomise(layer.value, 2);
  Randomise(layer.key, 3);
  // The first query of the first sequence sees nothing if both masks are on.
  const std::vector<std::uint8_t> value_mask{0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1};
  const std::vector<std::uint8_t> query_mask{1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1};
  AttentionInputs& inputs = layer.inputs;
  if (!variant.separate_key) inputs.key = {};
  if (variant.value_mask) inputs.value_mask = MaskView(value_mask.data(), {3, 5});
  if (variant.query_mask) inputs.query_mask = MaskView(query_mask.data(), {3, 4});
  inputs.use_causal_mask = variant.causal;
  inputs.training = true;
  layer.Forward();

  Reference expected{options,
                     dims,
                     inputs,
                     reference::Export(layer.set, layer.set.slab()),
                     ToVector(layer.query),
                     ToVector(layer.value),
                     ToVector(layer.key),
                     {}};
  if (options.dropout > 0) {
    for (const float weight : layer.activations.dropped_weights.span()) {
      expected.dropout.push_back(weight == 0.0f ? 0.0 : 1.0 / (1.0 - double{options.dropout}));
    }
  }
  const Vector output = expected.Output();
  for (Index i = 0; i < layer.activations.output.size(); ++i) {
    ASSERT_NEAR(layer.activations.output[i], output[static_cast<std::size_t>(i)], 2e-5);
  }

  const Tensor<float> d_output = RandomMatrix(1, layer.activations.output.size(), 4);
  const AttentionInputGradients d_inputs{
      layer.arena.Allocate<float>({3, 4, options.query_size}),
      layer.arena.Allocate<float>({3, 5, dims.value_size}),
      variant.separate_key ? layer.arena.Allocate<float>({3, 5, options.key_size}) : View()};
  for (const View& d_input : {d_inputs.query, d_inputs.value, d_inputs.key}) {
    std::ranges::fill(d_input.span(), 7.0f);  // to be overwritten, not added to
  }
  Gradients gradients(layer.set);
  layer.attention.Backward(inputs, layer.activations,
                           ConstView(d_output.data(), {3, 4, dims.value_size}), layer.arena,
                           d_inputs, gradients);
  const auto loss = [&] { return WeightedSum(expected.Output(), d_output.view()); };
  const auto expect_gradient = [&](Vector& at, const Vector& gradient, const std::string& what) {
    // g is one number, to which all pairs of the batch add: its terms cancel more than others'.
    const double shortest = at.size() == 1 ? 0.2 : 0.1;
    ExpectGradient(loss, at, gradient, what, /*tolerance=*/3e-5, shortest);
  };
  expect_gradient(expected.query, ToVector(d_inputs.query), "query");
  expect_gradient(expected.value, ToVector(d_inputs.value), "value");
  if (variant.separate_key) {
    expect_gradient(expected.key, ToVector(d_inputs.key), "key");
  }
  const reference::Parameters analytic = reference::Export(layer.set, gradients.slab());
  for (auto& [name, matrix] : expected.parameters) {
    expect_gradient(matrix.values, analytic.at(name).values, name);
  }
}

// All options that the scores allow.
std::vector<AttentionOptions> AllOptions() {
  std::vector<AttentionOptions> all;
  const auto add = [&](AttentionOptions options) {
    for (const bool use_scale : {true, false}) {
      for (const float temperature : {1.0f, 0.6f}) {
        for (const float dropout : {0.0f, 0.3f}) {
          options.use_scale = use_scale;
          options.temperature = temperature;
          options.dropout = dropout;
          options.seed = all.size();
          all.push_back(options);
        }
      }
    }
  };
  for (const Index projection : {0, 6}) {
    const Index key_size = projection > 0 ? 2 : 3;
    for (const bool bias : {true, false}) {
      for (const auto activation : {AttentionActivation::kTanh, AttentionActivation::kRelu}) {
        add({.query_size = 3,
             .key_size = key_size,
             .projection_size = projection,
             .bias = bias,
             .activation = activation});
      }
    }
    for (const auto score : {AttentionScore::kDot, AttentionScore::kScaledDot}) {
      add({.score = score, .query_size = 3, .key_size = key_size, .projection_size = projection});
    }
  }
  add({.score = AttentionScore::kGeneral, .query_size = 3, .key_size = 2});
  return all;
}

// Each combination of options with four kinds of calls; every kind comes with every score,
// projection, bias and activation.
TEST(AttentionLayerTest, ForwardAndBackwardMatchReferenceForEveryOption) {
  const std::vector<AttentionOptions> all = AllOptions();
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t bits = (3 * i + 5 * k) % 16;
      const AttentionOptions& options = all[i];
      SCOPED_TRACE(testing::Message()
                   << "score " << static_cast<int>(options.score) << ", projection "
                   << options.projection_size << ", bias " << options.bias << ", scale "
                   << options.use_scale << ", relu "
                   << (options.activation == AttentionActivation::kRelu) << ", temperature "
                   << options.temperature << ", dropout " << options.dropout << ", call " << bits);
      ExpectLayerMatchesReference(
          options, {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace talmach
