// Pictures of measured numbers: panels below each other, each with a title and horizontal bars on a
// scale of its own, the number at the end of its bar.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "drawing/picture_format.h"

namespace talmach {

struct Bar {
  std::string label;
  double value = 0;  // NaN: no bar, "undefined" instead of the number
};

struct BarPanel {
  std::string title;  // what is measured and in which unit
  std::vector<Bar> bars;
  int decimals = 2;  // of the numbers
};

/// The bytes of the picture. Bars start at zero, negative ones go to the left.
std::string RenderBars(const std::string& title, std::span<const BarPanel> panels,
                       PictureFormat format, double pixels_per_point = 3);

}  // namespace talmach
