// Colours for numbers. A scale is a path through OKLab (Ottosson 2020, "A perceptual color space
// for image processing"), a space in which equal distances look equally different. The path runs
// straight between a few anchor colours and is walked at constant speed, so equal differences of
// weights look equally large everywhere.
//
// The sequential scale only gets darker: it survives a black-and-white printer and every kind of
// colour blindness. The diverging scale is light at zero and runs to blue and orange, which no
// common colour blindness confuses.
#pragma once

#include <array>
#include <span>
#include <string>

namespace talmach {

/// A colour of sRGB, each channel from 0 to 1.
struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
};

/// A colour of OKLab: lightness from 0 to 1, green to red, blue to yellow.
struct OkLab {
  double lightness = 0;
  double a = 0;
  double b = 0;
};

OkLab ToOkLab(const Colour& colour);
/// Channels outside sRGB are cut off.
Colour FromOkLab(const OkLab& lab);
/// How far apart two colours look.
double ColourDistance(const OkLab& first, const OkLab& second);
/// "#rrggbb".
std::string ToHex(const Colour& colour);

/// A walk at constant speed through anchor colours. Immutable; safe to share between threads.
class ColourScale {
 public:
  /// Odd, so that a diverging scale has a step for zero.
  static constexpr int kNumSteps = 255;

  /// At least two different anchors.
  explicit ColourScale(std::span<const OkLab> anchors);
  /// Two walks of half the steps each; `lower` ends where `upper` begins.
  ColourScale(std::span<const OkLab> lower, std::span<const OkLab> upper);

  /// The colour of `value` in [0, 1]; values outside are cut off. One of kNumSteps.
  const Colour& At(double value) const;
  const std::array<Colour, kNumSteps>& steps() const { return steps_; }

 private:
  std::array<Colour, kNumSteps> steps_;
};

/// From paper white at 0 over blue to nearly black at 1.
const ColourScale& SequentialScale();
/// From blue at 0 over white at 0.5 to orange at 1.
const ColourScale& DivergingScale();

}  // namespace talmach
