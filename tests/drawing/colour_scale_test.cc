#include "drawing/colour_scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace talmach {
namespace {

double ToLinear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double FromLinear(double channel) {
  return channel <= 0.0031308 ? channel * 12.92 : 1.055 * std::pow(channel, 1 / 2.4) - 0.055;
}

// How people without one kind of cones see linear sRGB (Machado, Oliveira and Fernandes 2009,
// severity 1.0): without long, middle, short waves.
using Matrix = std::array<std::array<double, 3>, 3>;
constexpr std::array<Matrix, 3> kColourBlindness = {{
    {{{0.152286, 1.052583, -0.204868},
      {0.114503, 0.786281, 0.099216},
      {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968},
      {0.280085, 0.672501, 0.047413},
      {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779},
      {-0.078411, 0.930809, 0.147602},
      {0.004733, 0.691367, 0.303900}}},
}};

Colour Seen(const Colour& colour, const Matrix& eyes) {
  const std::array linear = {ToLinear(colour.red), ToLinear(colour.green), ToLinear(colour.blue)};
  std::array<double, 3> seen{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) seen[i] += eyes[i][j] * linear[j];
    seen[i] = FromLinear(std::clamp(seen[i], 0.0, 1.0));
  }
  return {seen[0], seen[1], seen[2]};
}

// Light that reaches the eye, from 0 to 1 (ITU-R BT.709).
double Luminance(const Colour& colour) {
  return 0.2126 * ToLinear(colour.red) + 0.7152 * ToLinear(colour.green) +
         0.0722 * ToLinear(colour.blue);
}

// The grey that a printer or an image program makes of a colour (ITU-R BT.601).
double Grey(const Colour& colour) {
  return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
}

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

TEST(ColourScaleTest, TheSequentialScaleSurvivesABlackAndWhitePrinter) {
  const auto& steps = SequentialScale().steps();
  for (int i = 1; i < ColourScale::kNumSteps; ++i) {
    EXPECT_LT(Grey(steps[i]), Grey(steps[i - 1])) << i;
  }
  EXPECT_GT(Grey(steps.front()) - Grey(steps.back()), 0.85);
}

TEST(ColourScaleTest, TheSequentialScaleSurvivesColourBlindness) {
  const auto& steps = SequentialScale().steps();
  for (const Matrix& eyes : kColourBlindness) {
    for (int i = 1; i < ColourScale::kNumSteps; ++i) {
      EXPECT_LT(Luminance(Seen(steps[i], eyes)), Luminance(Seen(steps[i - 1], eyes))) << i;
    }
  }
}

TEST(ColourScaleTest, TheDivergingScaleSurvivesColourBlindness) {
  for (const Matrix& eyes : kColourBlindness) {
    for (const double value : {0.5, 0.25, 0.1}) {  // as far from zero on either side
      const OkLab negative = ToOkLab(Seen(DivergingScale().At(0.5 - value), eyes));
      const OkLab positive = ToOkLab(Seen(DivergingScale().At(0.5 + value), eyes));
      EXPECT_GT(ColourDistance(negative, positive), 0.2 * value) << value;
      EXPECT_GT(std::hypot(negative.a - positive.a, negative.b - positive.b), 0.12 * value / 0.5)
          << value;
    }
  }
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
