#include "nn/initial_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/gradient_check.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

constexpr Index kAnnotation = 6, kState = 5;
const std::vector<Index> kBegins{4, 0, 5};  // three sentences, not in the order of their rows
const std::vector<Index> kLengths{1, 4, 2};
constexpr Index kRows = 7;

class InitialStateTest : public testing::TestWithParam<InitialState> {
 protected:
  InitialStateTest()
      : layer_(&set_, Precision::kFloat32, "s",
               {.kind = GetParam(), .annotation_size = kAnnotation, .state_size = kState}) {
    set_.Allocate();
    RandomiseParameters(set_, 0.5f, 3);
    layer_.Pack(Passes::kForwardAndBackward);
  }

  // The states of all sentences in double precision.
  reference::Vector Run(const reference::Parameters& p, const reference::Vector& x) const {
    reference::Vector states;
    for (std::size_t i = 0; i < kBegins.size(); ++i) {
      reference::Vector summary;
      if (GetParam() == InitialState::kMean) {
        summary.assign(kAnnotation, 0.0);
        for (Index j = 0; j < kLengths[i]; ++j) {
          const reference::Vector row = Row(x, kBegins[i] + j, kAnnotation);
          for (Index c = 0; c < kAnnotation; ++c) {
            summary[c] += row[c] / static_cast<double>(kLengths[i]);
          }
        }
      } else {
        const reference::Vector first = Row(x, kBegins[i], kAnnotation);
        summary.assign(first.begin() + kAnnotation / 2, first.end());
      }
      reference::Vector state = reference::Affine(p, "s.weight", "s.bias", summary);
      for (double& value : state) value = std::tanh(value);
      states = reference::Join(states, state);
    }
    return states;
  }

  ParameterSet set_;
  InitialStateLayer layer_;
};

TEST_P(InitialStateTest, ForwardAndBackwardMatchReference) {
  const SourceSpans spans{kBegins, kLengths};
  Tensor<float> annotations = RandomMatrix(kRows, kAnnotation, 1);
  Arena arena;
  const InitialStateActivations activations = layer_.Allocate(arena, 3);
  layer_.Forward(annotations.view(), spans, activations);

  reference::Parameters p = reference::Export(set_, set_.slab());
  reference::Vector x = ToVector(annotations.view());
  const reference::Vector expected = Run(p, x);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(activations.state[static_cast<Index>(i)], expected[i], 1e-5);
  }

  const Tensor<float> weights = RandomMatrix(3, kState, 2);
  Tensor<float> d_state({3, kState}), d_annotations({kRows, kAnnotation});
  std::ranges::copy(weights.view().span(), d_state.data());
  std::ranges::fill(d_annotations.view().span(), 1.0f);  // is added to
  Gradients gradients(set_);
  layer_.Backward(spans, activations, d_state.view(), arena, d_annotations.view(), gradients);
  reference::Vector d_x = ToVector(d_annotations.view());
  for (double& value : d_x) value -= 1.0;
  const auto loss = [&] { return WeightedSum(Run(p, x), weights.view()); };
  ExpectGradient(loss, x, d_x, "annotations");
  ExpectParameterGradients(loss, p, set_, gradients);
}

INSTANTIATE_TEST_SUITE_P(Summaries, InitialStateTest,
                         testing::Values(InitialState::kMean, InitialState::kFirstBackward));

TEST(ZeroInitialStateTest, HasNoParametersAndNoGradient) {
  ParameterSet set;
  const InitialStateLayer layer(
      &set, Precision::kFloat32, "s",
      {.kind = InitialState::kZero, .annotation_size = kAnnotation, .state_size = kState});
  EXPECT_TRUE(set.list().empty());
  Arena arena;
  const InitialStateActivations activations = layer.Allocate(arena, 3);
  std::ranges::fill(activations.state.span(), 7.0f);
  layer.Forward({}, {}, activations);
  for (const float value : activations.state.span()) EXPECT_EQ(value, 0.0f);
}

}  // namespace
}  // namespace talmach
