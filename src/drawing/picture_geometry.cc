// Tested by tests/drawing/picture_test.cc.
//
// Layout works from the labels inwards. The longest target label decides where the matrix begins on
// the left; source labels stand at an angle of one radian, so each reaches sin(1) of its length up
// and cos(1) of it to the right, the last ones beyond the matrix. Cells shrink with the number of
// units, and fonts with the cells, until a lower limit at which they can still be read.
#include "drawing/picture_geometry.h"

#include <algorithm>
#include <cmath>

#include "drawing/label_text.h"
#include "drawing/picture_numbers.h"

namespace talmach {
namespace {

// Cells shrink from 28 points for a phrase to 11 points for 60 units and more: an 80-unit sentence
// still fills a page no wider than a sheet of A3 and its labels can be read.
double CellSize(std::size_t num_units, bool with_values) {
  const double size = std::clamp(660 / static_cast<double>(num_units + 1), 11.0, 28.0);
  return with_values ? std::max(size, 17.0) : size;
}

std::vector<std::string> Labels(const std::vector<std::string>& units) {
  std::vector<std::string> labels;
  for (const std::string& unit : units) labels.push_back(LabelText(unit));
  return labels;
}

void ChooseStyles(bool with_values, PictureGeometry* geometry) {
  const std::size_t num_units =
      std::max(geometry->source_labels.size(), geometry->target_labels.size());
  geometry->cell = CellSize(num_units, with_values);
  const double font_size = std::clamp(geometry->cell * 0.62, 8.0, 12.0);
  geometry->label_style = {.size = font_size, .max_width = 15 * font_size};
  geometry->title_style = {.size = 12, .bold = true};
  geometry->tick_style = {.size = 9};
  geometry->value_style = {.size = std::clamp(geometry->cell * 0.42, 7.0, 9.0)};
}

// The longest label of the target; how far those of the source reach up and right.
struct LabelRoom {
  double left = 0;
  double up = 0;
  double right = 0;
};

LabelRoom MeasureLabels(const PictureGeometry& geometry, TextRenderer& text) {
  const double angle = PictureGeometry::kLabelAngle;
  LabelRoom room;
  for (const std::string& label : geometry.target_labels) {
    room.left = std::max(room.left, text.Measure(label, geometry.label_style).width);
  }
  for (std::size_t s = 0; s < geometry.source_labels.size(); ++s) {
    const TextExtents size = text.Measure(geometry.source_labels[s], geometry.label_style);
    const double column = geometry.cell * (static_cast<double>(s) + 0.5);
    room.up = std::max(room.up, size.width * std::sin(angle) + size.height / 2 * std::cos(angle));
    room.right = std::max(
        room.right, column + size.width * std::cos(angle) + size.height / 2 * std::sin(angle));
  }
  return room;
}

void ChooseScale(const AttentionMap& map, double max_weight, PictureGeometry* geometry) {
  geometry->is_signed = std::ranges::any_of(map.weights, [](float weight) { return weight < 0; });
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double value = max_weight * (geometry->is_signed ? 2 * share - 1 : share);
    geometry->ticks.push_back({share, ShortText(value, 3)});
  }
}

}  // namespace

PictureGeometry LayOutPicture(const AttentionMap& map, const PictureOptions& options,
                              TextRenderer& text) {
  PictureGeometry geometry;
  geometry.source_labels = Labels(map.source);
  geometry.target_labels = Labels(map.target);
  geometry.title = options.title.empty() ? PictureTitle(map) : LabelText(options.title);
  ChooseStyles(options.cell_values, &geometry);
  ChooseScale(map, options.max_weight, &geometry);
  const LabelRoom room = MeasureLabels(geometry, text);
  const TextExtents title = text.Measure(geometry.title, geometry.title_style);
  const double margin = PictureGeometry::kMargin;
  const double gap = PictureGeometry::kGap;
  geometry.matrix_left = margin + room.left + gap;
  geometry.matrix_top = margin + title.height + 2 * gap + room.up + gap;
  geometry.bar_left = geometry.matrix_left + geometry.matrix_width() + 4 * gap;
  geometry.bar_height = std::clamp(geometry.matrix_height(), 60.0, 220.0);
  double tick_width = 0;
  for (const PictureGeometry::Tick& tick : geometry.ticks) {
    tick_width = std::max(tick_width, text.Measure(tick.text, geometry.tick_style).width);
  }
  const double bar_right =
      geometry.bar_left + PictureGeometry::kBarWidth + 2 * PictureGeometry::kTick + tick_width;
  geometry.width =
      margin + std::max({bar_right, geometry.matrix_left + room.right, margin + title.width});
  geometry.height =
      geometry.matrix_top + margin + std::max(geometry.matrix_height(), geometry.bar_height);
  return geometry;
}

}  // namespace talmach
