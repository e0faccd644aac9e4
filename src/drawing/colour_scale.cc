// Colours are mixed in OKLab and converted to sRGB once, into a table of 255 steps. Walk measures
// the path through the anchors first and then places the steps at equal distances along it,
// wherever the anchors are. Since lightness falls along the whole sequential path, the order of
// weights survives in grey.
#include "drawing/colour_scale.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"

namespace talmach {
namespace {

// The transfer function of sRGB (IEC 61966-2-1).
double ToLinear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double FromLinear(double channel) {
  channel = std::clamp(channel, 0.0, 1.0);
  return channel <= 0.0031308 ? 12.92 * channel : 1.055 * std::pow(channel, 1 / 2.4) - 0.055;
}

double Mix(double from, double to, double share) { return from + (to - from) * share; }

// Lightness, chroma and hue in degrees: the form in which colours are easiest to choose.
OkLab Polar(double lightness, double chroma, double hue) {
  const double angle = hue * std::numbers::pi / 180;
  return {lightness, chroma * std::cos(angle), chroma * std::sin(angle)};
}

// Fills `steps` with colours at equal distances on the path through `anchors`.
void Walk(std::span<const OkLab> anchors, std::span<Colour> steps) {
  Require(anchors.size() >= 2, "a colour scale needs two anchors");
  std::vector<double> distance = {0};  // along the path, at each anchor
  for (std::size_t i = 1; i < anchors.size(); ++i) {
    distance.push_back(distance.back() + ColourDistance(anchors[i - 1], anchors[i]));
  }
  std::size_t segment = 1;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    const double position =
        distance.back() * static_cast<double>(step) / static_cast<double>(steps.size() - 1);
    while (segment + 1 < anchors.size() && distance[segment] < position) ++segment;
    const OkLab& from = anchors[segment - 1];
    const OkLab& to = anchors[segment];
    const double share =
        (position - distance[segment - 1]) / (distance[segment] - distance[segment - 1]);
    steps[step] = FromOkLab({Mix(from.lightness, to.lightness, share), Mix(from.a, to.a, share),
                             Mix(from.b, to.b, share)});
  }
}

}  // namespace

OkLab ToOkLab(const Colour& colour) {
  const double red = ToLinear(colour.red);
  const double green = ToLinear(colour.green);
  const double blue = ToLinear(colour.blue);
  const double l = std::cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const double m = std::cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const double s = std::cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

Colour FromOkLab(const OkLab& lab) {
  const double l = std::pow(lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b, 3);
  const double m = std::pow(lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b, 3);
  const double s = std::pow(lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b, 3);
  return {FromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          FromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          FromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

double ColourDistance(const OkLab& first, const OkLab& second) {
  return std::hypot(first.lightness - second.lightness, first.a - second.a, first.b - second.b);
}

std::string ToHex(const Colour& colour) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "#";
  for (const double channel : {colour.red, colour.green, colour.blue}) {
    const auto byte = static_cast<unsigned>(std::lround(std::clamp(channel, 0.0, 1.0) * 255));
    text += kDigits[byte / 16];
    text += kDigits[byte % 16];
  }
  return text;
}

ColourScale::ColourScale(std::span<const OkLab> anchors) { Walk(anchors, steps_); }

ColourScale::ColourScale(std::span<const OkLab> lower, std::span<const OkLab> upper) {
  constexpr std::size_t kMiddle = kNumSteps / 2;
  Walk(lower, std::span(steps_).first(kMiddle + 1));
  Walk(upper, std::span(steps_).subspan(kMiddle));
}

const Colour& ColourScale::At(double value) const {
  const double step = std::clamp(value, 0.0, 1.0) * (kNumSteps - 1);
  return steps_[static_cast<std::size_t>(std::lround(step))];
}

const ColourScale& SequentialScale() {
  static const ColourScale scale(std::array{Polar(0.985, 0.004, 240), Polar(0.86, 0.065, 215),
                                            Polar(0.68, 0.11, 235), Polar(0.50, 0.13, 255),
                                            Polar(0.34, 0.11, 272), Polar(0.21, 0.06, 285)});
  return scale;
}

const ColourScale& DivergingScale() {
  static const ColourScale scale(
      std::array{Polar(0.36, 0.12, 262), Polar(0.64, 0.12, 248), Polar(0.985, 0, 0)},
      std::array{Polar(0.985, 0, 0), Polar(0.72, 0.13, 60), Polar(0.445, 0.1, 46)});
  return scale;
}

}  // namespace talmach
