#include "nn/gru_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "support/gradient_check.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

constexpr Index kIn = 3, kHidden = 5;

struct Case {
  GruDirection direction;
  bool layer_norm;
  std::vector<Index> lengths;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << (test.direction == GruDirection::kForward ? "forward" : "backward")
       << (test.layer_norm ? ", layer norm" : "");
}

class GruLayerTest : public testing::TestWithParam<Case> {
 protected:
  GruLayerTest()
      : packing_(GetParam().lengths),
        layer_(&set_, Precision::kFloat32, "gru",
               {.input_size = kIn,
                .hidden_size = kHidden,
                .layer_norm = GetParam().layer_norm,
                .direction = GetParam().direction}) {
    set_.Allocate();
    RandomiseParameters(set_, 0.4f, 5);
    layer_.Pack(Passes::kForwardAndBackward);
  }

  // The states of all packed rows, sentence by sentence, in double precision.
  reference::Vector Run(const reference::Parameters& p, const reference::Vector& x) const {
    reference::Vector states(packing_.num_tokens() * kHidden);
    const bool forward = GetParam().direction == GruDirection::kForward;
    for (Index s = 0; s < packing_.num_sequences(); ++s) {
      reference::Vector h(kHidden, 0.0);
      const Index length = packing_.lengths()[s];
      for (Index i = 0; i < length; ++i) {
        const Index row = packing_.Row(s, forward ? i : length - 1 - i);
        h = reference::Gru(p, "gru", GetParam().layer_norm, Row(x, row, kIn), h);
        std::ranges::copy(h, states.begin() + row * kHidden);
      }
    }
    return states;
  }

  ParameterSet set_;
  SequencePacking packing_;
  GruLayer layer_;
};

TEST_P(GruLayerTest, ForwardAndBackwardMatchReference) {
  Arena arena;
  View x = arena.AllocateRows(packing_.num_tokens(), kIn);
  RandomStream random(1);
  for (float& value : x.Rows(0, packing_.num_tokens()).span()) value = random.Normal();
  GruActivations activations = layer_.Allocate(arena, packing_, /*keep=*/true);
  layer_.Forward(Operand(x), packing_, Dropout{}, arena, activations);

  reference::Parameters p = reference::Export(set_, set_.slab());
  reference::Vector x_reference = ToVector(x.Rows(0, packing_.num_tokens()));
  const reference::Vector expected = Run(p, x_reference);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(activations.state[static_cast<Index>(i)], expected[i], 1e-5);
  }

  const GruGradients gradients = layer_.AllocateGradients(arena, packing_);
  const Tensor<float> weights = RandomMatrix(packing_.num_tokens(), kHidden, 2);
  std::ranges::copy(weights.view().span(), gradients.d_state.data());
  const View d_x = arena.AllocateRows(packing_.num_tokens(), kIn);
  Gradients parameter_gradients(set_);
  layer_.Backward({.x = Operand(x),
                   .packing = packing_,
                   .activations = activations,
                   .gradients = gradients,
                   .d_x = d_x},
                  parameter_gradients);
  const auto loss = [&] { return WeightedSum(Run(p, x_reference), weights.view()); };
  ExpectGradient(loss, x_reference, ToVector(d_x.Rows(0, packing_.num_tokens())), "x");
  ExpectParameterGradients(loss, p, set_, parameter_gradients);
}

TEST_P(GruLayerTest, StateDropoutUsesOneMaskForAllSteps) {
  Arena arena;
  const View x = arena.AllocateRows(packing_.num_tokens(), kIn);
  RandomStream random(1);
  for (float& value : x.Rows(0, packing_.num_tokens()).span()) value = random.Normal();
  GruActivations activations = layer_.Allocate(arena, packing_, /*keep=*/true);
  const Dropout dropout{.key = 7, .rate = 0.5f};
  layer_.Forward(Operand(x), packing_, dropout, arena, activations);
  Tensor<float> mask({packing_.num_sequences(), kHidden});
  FillDropoutMask(dropout, mask.view());
  const bool forward = GetParam().direction == GruDirection::kForward;
  for (Index step = 0; step < packing_.num_steps(); ++step) {
    for (Index s = 0; s < packing_.step_rows(step); ++s) {
      const Index before = forward ? step - 1 : step + 1;
      const bool exists = before >= 0 && before < packing_.lengths()[s];
      for (Index h = 0; h < kHidden; ++h) {
        const float previous = exists ? activations.state(packing_.Row(s, before), h) : 0.0f;
        EXPECT_EQ(activations.fed.float32()[packing_.Row(s, step) * kHidden + h],
                  previous * mask.view()(s, h));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, GruLayerTest,
                         testing::Values(Case{GruDirection::kForward, false, {4, 2, 2, 1}},
                                         Case{GruDirection::kBackward, false, {4, 2, 2, 1}},
                                         Case{GruDirection::kForward, true, {4, 3, 1}},
                                         Case{GruDirection::kBackward, true, {4, 3, 1}},
                                         Case{GruDirection::kBackward, false, {3}},
                                         Case{GruDirection::kForward, false, {2, 2, 2}}));

}  // namespace
}  // namespace talmach
