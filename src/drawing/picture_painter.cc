// Tested by tests/drawing/picture_test.cc.
//
// Painting follows the geometry and decides nothing about sizes. Cells are filled without outlines,
// so that no lines of background show between equal neighbours, and numbers in cells take ink or
// paper, whichever stands out from the cell's colour.
#include "drawing/picture_painter.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "drawing/canvas.h"
#include "drawing/colour_scale.h"
#include "drawing/picture_numbers.h"

namespace talmach {
namespace {

constexpr Colour kFineGrid = {0.90, 0.91, 0.92};
constexpr Colour kCoarseGrid = {0.72, 0.74, 0.77};

struct PatternDestroyer {
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
};
using Pattern = std::unique_ptr<cairo_pattern_t, PatternDestroyer>;

// At most two decimals, without the zero before the point that each cell would repeat.
std::string CellText(double value) {
  std::string text = FixedText(std::abs(value), std::abs(value) < 10 ? 2 : 0);
  if (text.starts_with("0.")) text.erase(0, 1);
  return value < 0 ? "−" + text : text;
}

class Painter {
 public:
  Painter(cairo_t* cairo, const AttentionMap& map, const PictureOptions& options,
          const PictureGeometry& geometry, TextRenderer& text)
      : cairo_(cairo), map_(map), options_(options), geometry_(geometry), text_(text) {}

  void PaintBackground() {
    SetColour(cairo_, kPaper);
    cairo_paint(cairo_);
  }

  void PaintTitle() {
    SetColour(cairo_, kInk);
    const double half = text_.Measure(geometry_.title, geometry_.title_style).height / 2;
    text_.Draw(cairo_, geometry_.title, geometry_.title_style, PictureGeometry::kMargin,
               PictureGeometry::kMargin + half);
  }

  // Cells first all in the colour of zero, then those that differ: most weights are nearly zero, so
  // this keeps the vector formats small.
  void PaintCells() {
    const Colour& zero = ColourOf(0);
    SetColour(cairo_, zero);
    cairo_rectangle(cairo_, geometry_.matrix_left, geometry_.matrix_top, geometry_.matrix_width(),
                    geometry_.matrix_height());
    cairo_fill(cairo_);
    for (Index t = 0; t < map_.target_length(); ++t) {
      for (Index s = 0; s < map_.source_length(); ++s) {
        const Colour& colour = CellColour(t, s);
        if (&colour == &zero) continue;
        SetColour(cairo_, colour);
        cairo_rectangle(cairo_, Left(s), Top(t), geometry_.cell, geometry_.cell);
        cairo_fill(cairo_);
      }
    }
  }

  void PaintGrid() {
    PaintLines(1, kFineGrid, 0.4);
    if (std::max(map_.source_length(), map_.target_length()) > 12) PaintLines(5, kCoarseGrid, 0.5);
    SetColour(cairo_, kFrame);
    cairo_set_line_width(cairo_, 0.7);
    cairo_rectangle(cairo_, geometry_.matrix_left, geometry_.matrix_top, geometry_.matrix_width(),
                    geometry_.matrix_height());
    cairo_stroke(cairo_);
  }

  void PaintSourceLabels() {
    SetColour(cairo_, kInk);
    for (Index s = 0; s < map_.source_length(); ++s) {
      cairo_save(cairo_);
      cairo_translate(cairo_, Left(s) + geometry_.cell / 2,
                      geometry_.matrix_top - PictureGeometry::kGap);
      cairo_rotate(cairo_, -PictureGeometry::kLabelAngle);
      text_.Draw(cairo_, geometry_.source_labels[s], geometry_.label_style, 0, 0);
      cairo_restore(cairo_);
    }
  }

  void PaintTargetLabels() {
    SetColour(cairo_, kInk);
    for (Index t = 0; t < map_.target_length(); ++t) {
      const std::string& label = geometry_.target_labels[t];
      const double width = text_.Measure(label, geometry_.label_style).width;
      text_.Draw(cairo_, label, geometry_.label_style,
                 geometry_.matrix_left - PictureGeometry::kGap - width,
                 Top(t) + geometry_.cell / 2);
    }
  }

  void PaintValues() {
    for (Index t = 0; t < map_.target_length(); ++t) {
      for (Index s = 0; s < map_.source_length(); ++s) {
        const double weight = map_.Row(t)[s];
        if (std::abs(weight) < 0.005) continue;  // would read .00
        const std::string label = CellText(weight);
        const double width = text_.Measure(label, geometry_.value_style).width;
        SetColour(cairo_, Contrasting(CellColour(t, s)));
        text_.Draw(cairo_, label, geometry_.value_style, Left(s) + (geometry_.cell - width) / 2,
                   Top(t) + geometry_.cell / 2);
      }
    }
  }

  void PaintDots() {
    for (Index t = 0; t < map_.target_length(); ++t) {
      const auto row = map_.Row(t);
      const Index s = std::max_element(row.begin(), row.end()) - row.begin();
      // With values the dot moves out of their way, into the upper right corner.
      const double shift = options_.cell_values ? 0.36 * geometry_.cell : 0;
      const double radius = (options_.cell_values ? 0.08 : 0.15) * geometry_.cell;
      cairo_new_sub_path(cairo_);
      cairo_arc(cairo_, Left(s) + geometry_.cell / 2 + shift, Top(t) + geometry_.cell / 2 - shift,
                radius, 0, 2 * std::numbers::pi);
      SetColour(cairo_, Contrasting(CellColour(t, s)));
      cairo_fill(cairo_);
    }
  }

  void PaintColourBar() {
    // Cairo mixes neighbouring stops in sRGB; with this many the difference cannot be seen.
    constexpr int kNumStops = 33;
    const Pattern gradient(cairo_pattern_create_linear(0, BarY(0), 0, BarY(1)));
    for (int i = 0; i < kNumStops; ++i) {
      const double share = static_cast<double>(i) / (kNumStops - 1);
      const Colour& colour = Scale().At(share);
      cairo_pattern_add_color_stop_rgb(gradient.get(), share, colour.red, colour.green,
                                       colour.blue);
    }
    cairo_set_source(cairo_, gradient.get());
    cairo_rectangle(cairo_, geometry_.bar_left, geometry_.matrix_top, PictureGeometry::kBarWidth,
                    geometry_.bar_height);
    cairo_fill(cairo_);
    SetColour(cairo_, kFrame);
    cairo_set_line_width(cairo_, 0.7);
    cairo_rectangle(cairo_, geometry_.bar_left, geometry_.matrix_top, PictureGeometry::kBarWidth,
                    geometry_.bar_height);
    cairo_stroke(cairo_);
    for (const PictureGeometry::Tick& tick : geometry_.ticks) PaintTick(tick);
  }

 private:
  double Left(Index s) const {
    return geometry_.matrix_left + geometry_.cell * static_cast<double>(s);
  }
  double Top(Index t) const {
    return geometry_.matrix_top + geometry_.cell * static_cast<double>(t);
  }
  double BarY(double share) const {
    return geometry_.matrix_top + geometry_.bar_height * (1 - share);
  }
  const ColourScale& Scale() const {
    return geometry_.is_signed ? DivergingScale() : SequentialScale();
  }
  const Colour& ColourOf(double weight) const {
    const double share = weight / options_.max_weight;
    return Scale().At(geometry_.is_signed ? (share + 1) / 2 : share);
  }
  const Colour& CellColour(Index t, Index s) const { return ColourOf(map_.Row(t)[s]); }

  void PaintLines(Index every, const Colour& colour, double line_width) {
    SetColour(cairo_, colour);
    cairo_set_line_width(cairo_, line_width);
    for (Index s = every; s < map_.source_length(); s += every) {
      cairo_move_to(cairo_, Left(s), geometry_.matrix_top);
      cairo_rel_line_to(cairo_, 0, geometry_.matrix_height());
    }
    for (Index t = every; t < map_.target_length(); t += every) {
      cairo_move_to(cairo_, geometry_.matrix_left, Top(t));
      cairo_rel_line_to(cairo_, geometry_.matrix_width(), 0);
    }
    cairo_stroke(cairo_);
  }

  void PaintTick(const PictureGeometry::Tick& tick) {
    const double right = geometry_.bar_left + PictureGeometry::kBarWidth;
    SetColour(cairo_, kFrame);
    cairo_move_to(cairo_, right, BarY(tick.share));
    cairo_rel_line_to(cairo_, PictureGeometry::kTick, 0);
    cairo_stroke(cairo_);
    SetColour(cairo_, kInk);
    text_.Draw(cairo_, tick.text, geometry_.tick_style, right + 2 * PictureGeometry::kTick,
               BarY(tick.share));
  }

  cairo_t* cairo_;
  const AttentionMap& map_;
  const PictureOptions& options_;
  const PictureGeometry& geometry_;
  TextRenderer& text_;
};

}  // namespace

void PaintPicture(cairo_t* cairo, const AttentionMap& map, const PictureOptions& options,
                  const PictureGeometry& geometry, TextRenderer& text) {
  Painter painter(cairo, map, options, geometry, text);
  painter.PaintBackground();
  painter.PaintTitle();
  if (map.weights.empty()) return;
  painter.PaintCells();
  painter.PaintGrid();
  painter.PaintSourceLabels();
  painter.PaintTargetLabels();
  if (options.cell_values) painter.PaintValues();
  if (options.alignment_dots) painter.PaintDots();
  painter.PaintColourBar();
}

}  // namespace talmach
