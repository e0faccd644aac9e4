// Where everything in an attention picture goes. Lengths are points, y grows downwards.
#pragma once

#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "drawing/picture.h"
#include "drawing/text_renderer.h"

namespace talmach {

struct PictureGeometry {
  double width = 0;  // of the whole page
  double height = 0;
  double cell = 0;  // the side of a cell
  double matrix_left = 0;
  double matrix_top = 0;
  double bar_left = 0;  // the colour bar starts at matrix_top
  double bar_height = 0;
  TextStyle title_style;
  TextStyle label_style;
  TextStyle tick_style;
  TextStyle value_style;
  std::vector<std::string> source_labels;
  std::vector<std::string> target_labels;
  std::string title;
  /// Whether there are negative weights: then the colour bar goes from −max to max, not from 0.
  bool is_signed = false;
  struct Tick {
    double share = 0;  // of the colour bar, from below
    std::string text;
  };
  std::vector<Tick> ticks;

  double matrix_width() const { return cell * static_cast<double>(source_labels.size()); }
  double matrix_height() const { return cell * static_cast<double>(target_labels.size()); }

  static constexpr double kMargin = 12;
  static constexpr double kGap = 5;  // between labels and matrix
  static constexpr double kBarWidth = 10;
  static constexpr double kTick = 3;
  static constexpr double kLabelAngle = 1.0;  // of the source labels, radians
};

PictureGeometry LayOutPicture(const AttentionMap& map, const PictureOptions& options,
                              TextRenderer& text);

}  // namespace talmach
