#include "nn/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/gradient_check.h"
#include "support/random_batch.h"

namespace talmach {
namespace {

constexpr Index kRows = 5, kIn = 7, kOut = 3, kBelow = 4;

// W x + b of each row, in double precision.
reference::Vector Apply(const reference::Parameters& p, const reference::Vector& x) {
  reference::Vector y;
  for (Index r = 0; r < kRows; ++r) {
    y = reference::Join(y, reference::Affine(p, "w", "b", Row(x, r, kIn)));
    if (p.contains("below")) {
      y = reference::Join(y, reference::Affine(p, "below", "", Row(x, r, kIn)));
    }
  }
  return y;
}

void CheckLinear(bool stacked) {
  ParameterSet set;
  const Parameter* weight = set.AddMatrix("w", kOut, kIn, Initializer::kGlorotUniform);
  const Parameter* below =
      stacked ? set.AddMatrixBelow("below", kBelow, kIn, Initializer::kGlorotUniform) : nullptr;
  const Parameter* bias = set.AddVector("b", kOut, Initializer::kZero);
  set.Allocate();
  RandomiseParameters(set, 0.5f, 3);
  Linear linear(&set, Precision::kFloat32, {.weight = weight, .bias = bias, .weight_below = below});
  linear.Pack(Passes::kForwardAndBackward);
  const Index outputs = stacked ? kOut + kBelow : kOut;
  ASSERT_EQ(linear.outputs(), outputs);

  Tensor<float> x = RandomMatrix(kRows, kIn, 1);
  Tensor<float> y({kRows, outputs});
  linear.Forward(Operand(x.view()), /*add=*/false, y.view());
  reference::Parameters p = reference::Export(set, set.slab());
  reference::Vector x_reference = ToVector(x.view());
  const reference::Vector expected = Apply(p, x_reference);
  for (Index i = 0; i < y.size(); ++i) EXPECT_NEAR(y.view()[i], expected[i], 1e-5);
  linear.Forward(Operand(x.view()), /*add=*/true, y.view());
  for (Index i = 0; i < y.size(); ++i) EXPECT_NEAR(y.view()[i], 2 * expected[i], 1e-5);

  Tensor<float> d_y = RandomMatrix(kRows, outputs, 2);
  Tensor<float> d_x({kRows, kIn});
  Gradients gradients(set);
  linear.BackwardInput(Operand(d_y.view()), /*add=*/false, d_x.view());
  linear.BackwardWeights(Operand(d_y.view()), Operand(x.view()), gradients);
  const auto loss = [&] { return WeightedSum(Apply(p, x_reference), d_y.view()); };
  ExpectGradient(loss, x_reference, ToVector(d_x.view()), "x");
  ExpectParameterGradients(loss, p, set, gradients);
}

TEST(LinearTest, PartsOfTheSlabPackTheWeightsWhoseMiddleTheyHold) {
  ParameterSet set;
  const Parameter* upper = set.AddMatrix("upper", kOut, kIn, Initializer::kGlorotUniform);
  const Parameter* below = set.AddMatrixBelow("below", kBelow, kIn, Initializer::kGlorotUniform);
  set.Allocate();
  Linear linear(&set, Precision::kFloat32, {.weight = upper, .weight_below = below});
  Tensor<float> x = RandomMatrix(kRows, kIn, 1);
  const auto output = [&](const PackOptions& options) {  // with the weights packed now or before
    linear.Pack(options);
    Tensor<float> y({kRows, kOut + kBelow});
    linear.Forward(Operand(x.view()), /*add=*/false, y.view());
    return y.view()[0];
  };
  EXPECT_EQ(output(Passes::kForward), 0.0f);
  RandomiseParameters(set, 0.5f, 3);
  const Index middle = upper->offset + (kOut + kBelow) * kIn / 2;
  EXPECT_EQ(output({Passes::kForward, 0, middle}), 0.0f);
  EXPECT_EQ(output({Passes::kForward, middle + 1, set.slab_size()}), 0.0f);
  EXPECT_NE(output({Passes::kForward, middle, middle + 1}), 0.0f);
}

TEST(LinearTest, MatchesReference) { CheckLinear(/*stacked=*/false); }

TEST(LinearTest, StackedWeightsAreOneProductWithOneBias) { CheckLinear(/*stacked=*/true); }

TEST(LinearTest, SelectedOutputsAreThoseOfTheLayer) {
  for (const auto storage : {ParameterSet::Storage::kFloat32, ParameterSet::Storage::kFrozen}) {
    const bool frozen = storage == ParameterSet::Storage::kFrozen;
    ParameterSet set(storage);
    const Parameter* weight = set.AddMatrix("w", 70, kIn, Initializer::kGlorotUniform);
    const Parameter* bias = set.AddVector("b", 70, Initializer::kZero);
    set.Allocate();
    const Tensor<float> random_bias = RandomMatrix(1, 70, 4);
    std::ranges::copy(random_bias.view().span(), set.Value(bias).data());
    const Tensor<float> values = RandomMatrix(70, kIn, 3);
    if (frozen) {
      Tensor<std::int8_t> rounded({70, kIn});
      std::vector<float> scales(70);
      QuantizeWeights(values.view(), rounded.view(), scales);
      set.InsertFrozen(set.StoredTensors().front(), {rounded.view(), scales.data()});
    } else {
      std::ranges::copy(values.view().span(), set.Value(weight).data());
    }
    Linear linear(&set, frozen ? Precision::kInt8 : Precision::kFloat32,
                  {.weight = weight, .bias = bias});
    linear.Pack(Passes::kForward);
    Tensor<float> x = RandomMatrix(kRows, kIn, 1);
    Tensor<float> all({kRows, 70});
    linear.Forward(Operand(x.view()), /*add=*/false, all.view());

    const std::vector<TokenId> rows = {3, 0, 69, 3, 40};
    const SelectedLinear selected = linear.Select(rows);
    ASSERT_EQ(selected.outputs(), 5);
    Tensor<float> some({kRows, 5});
    selected.Forward(Operand(x.view()), some.view());
    for (Index r = 0; r < kRows; ++r) {
      for (Index i = 0; i < 5; ++i) {
        EXPECT_NEAR(some.view()(r, i), all.view()(r, rows[i]), frozen ? 0.0 : 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace talmach
