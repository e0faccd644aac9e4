#include "heatmap/colour_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace talmach {
namespace {

TEST(OkLabTest, MatchesPublishedValues) {
  const OkLab white = ToOkLab({1, 1, 1});
  EXPECT_NEAR(white.lightness, 1, 1e-6);
  EXPECT_NEAR(white.a, 0, 1e-6);
  EXPECT_NEAR(white.b, 0, 1e-6);
  const OkLab red = ToOkLab({1, 0, 0});
  EXPECT_NEAR(red.lightness, 0.62796, 1e-5);
  EXPECT_NEAR(red.a, 0.22486, 1e-5);
  EXPECT_NEAR(red.b, 0.12585, 1e-5);
}

TEST(OkLabTest, GoesThereAndBack) {
  for (double red = 0; red <= 1; red += 0.25) {
    for (double green = 0; green <= 1; green += 0.25) {
      for (double blue = 0; blue <= 1; blue += 0.25) {
        const Colour colour = FromOkLab(ToOkLab({red, green, blue}));
        EXPECT_NEAR(colour.red, red, 1e-4);
        EXPECT_NEAR(colour.green, green, 1e-4);
        EXPECT_NEAR(colour.blue, blue, 1e-4);
      }
    }
  }
}

TEST(ColourTest, HexRoundsChannels) {
  EXPECT_EQ(ToHex({0, 0.5, 1}), "#0080ff");
  EXPECT_EQ(ToHex({-1, 2, 0.1}), "#00ff1a");
}

// Steps look equally large, which also shows that no colour was cut off at the edge of sRGB. At
// the corners of the path a step is a little shorter.
void ExpectUniform(std::span<const Colour> steps) {
  const double num_steps = static_cast<double>(steps.size() - 1);
  double length = 0;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    length += ColourDistance(ToOkLab(steps[i - 1]), ToOkLab(steps[i]));
  }
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const double step = ColourDistance(ToOkLab(steps[i - 1]), ToOkLab(steps[i]));
    EXPECT_NEAR(step * num_steps / length, 1, 0.1) << i;
  }
}

TEST(ColourScaleTest, StepsLookEquallyLarge) {
  ExpectUniform(SequentialScale().steps());
  ExpectUniform(std::span(DivergingScale().steps()).first(128));
  ExpectUniform(std::span(DivergingScale().steps()).subspan(127));
}

TEST(ColourScaleTest, TheSequentialScaleOnlyGetsDarker) {
  double previous = 1;
  for (const Colour& colour : SequentialScale().steps()) {
    const double lightness = ToOkLab(colour).lightness;
    EXPECT_LT(lightness, previous);
    previous = lightness;
  }
  EXPECT_LT(previous, 0.25);
}

TEST(ColourScaleTest, TheDivergingScaleIsLightestAtZero) {
  const auto& steps = DivergingScale().steps();
  for (int i = 1; i < ColourScale::kNumSteps; ++i) {
    const double change = ToOkLab(steps[i]).lightness - ToOkLab(steps[i - 1]).lightness;
    EXPECT_GT(i <= 127 ? change : -change, 0) << i;
  }
  EXPECT_GT(ToOkLab(DivergingScale().At(0.5)).lightness, 0.97);
}

TEST(ColourScaleTest, CutsOffValuesOutside) {
  EXPECT_EQ(ToHex(SequentialScale().At(-3)), ToHex(SequentialScale().At(0)));
  EXPECT_EQ(ToHex(SequentialScale().At(1.0005)), ToHex(SequentialScale().At(1)));
}

}  // namespace
}  // namespace talmach
