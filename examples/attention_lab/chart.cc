#include "chart.h"

#include <cairo.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "base/types.h"
#include "drawing/colour_scale.h"
#include "drawing/text_renderer.h"

namespace talmach::lab {
namespace {

// Points.
constexpr double kPanelWidth = 250;
constexpr double kPanelHeight = 200;
constexpr double kLeft = 46;  // room for the labels around the plot
constexpr double kRight = 14;
constexpr double kTop = 26;
constexpr double kBottom = 40;
constexpr double kLegendLine = 11;
constexpr double kPixelsPerPoint = 2;

const TextStyle kTitle = {.size = 9, .bold = true};
const TextStyle kText = {.size = 8};

constexpr Colour kInk = {0.10, 0.11, 0.13};
constexpr Colour kFrame = {0.45, 0.47, 0.50};
constexpr Colour kPaper = {1, 1, 1};
constexpr Colour kGridLine = {0.90, 0.91, 0.92};

/// Blue, orange, green, purple, black: distinct for colour-blind readers (after Okabe and Ito).
constexpr std::array<Colour, 5> kColours = {{{0.00, 0.45, 0.70},
                                             {0.90, 0.45, 0.00},
                                             {0.00, 0.62, 0.45},
                                             {0.80, 0.47, 0.65},
                                             {0.20, 0.20, 0.20}}};

struct SurfaceDestroyer {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDestroyer {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};

/// So many digits at most, without trailing zeros, with a true minus sign.
std::string NumberText(double value, int digits) {
  std::array<char, 32> buffer;
  const double rounded = std::abs(value) < 5e-4 ? 0.0 : value;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), rounded,
                                 std::chars_format::general, digits)
                       .ptr;
  std::string text(buffer.data(), end);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

/// The range of an axis and the distance of its ticks: 1, 2 or 5 times a power of ten.
struct Axis {
  double low = 0;
  double high = 1;
  double tick = 0.5;

  static Axis Over(double low, double high) {
    if (high - low < 1e-9) high = low + 1;
    const double rough = (high - low) / 4;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    double tick = 10 * power;
    for (const double step : {5.0, 2.0, 1.0}) {
      if (step * power >= rough) tick = step * power;
    }
    return {std::floor(low / tick + 1e-9) * tick, std::ceil(high / tick - 1e-9) * tick, tick};
  }
  double Share(double value) const { return (value - low) / (high - low); }
};

class PanelPainter {
 public:
  PanelPainter(cairo_t* cairo, TextRenderer& text, const Panel& panel, double left)
      : cairo_(cairo), text_(text), panel_(panel), left_(left + kLeft) {}

  void Paint() {
    SetColour(kInk);
    text_.Draw(cairo_, panel_.title, kTitle, left_ - kLeft + 8, kTop / 2);
    if (panel_.grid.values.empty()) {
      PaintSeries();
    } else {
      PaintGrid();
    }
    SetColour(kInk);
    Centred(panel_.x_label, left_ + width() / 2, kPanelHeight - 10);
    cairo_save(cairo_);
    cairo_translate(cairo_, left_ - kLeft + 9, kTop + height() / 2);
    cairo_rotate(cairo_, -std::numbers::pi / 2);
    Centred(panel_.y_label, 0, 0);
    cairo_restore(cairo_);
  }

 private:
  static double width() { return kPanelWidth - kLeft - kRight; }
  static double height() { return kPanelHeight - kTop - kBottom; }

  void SetColour(const Colour& colour) {
    cairo_set_source_rgb(cairo_, colour.red, colour.green, colour.blue);
  }
  void Centred(const std::string& label, double x, double y) {
    text_.Draw(cairo_, label, kText, x - text_.Measure(label, kText).width / 2, y);
  }
  void RightAligned(const std::string& label, double x, double y) {
    text_.Draw(cairo_, label, kText, x - text_.Measure(label, kText).width, y);
  }
  double X(double value) const { return left_ + x_.Share(value) * width(); }
  double Y(double value) const { return kTop + (1 - y_.Share(value)) * height(); }

  void PaintSeries() {
    ChooseAxes();
    PaintAxes();
    for (std::size_t i = 0; i < panel_.series.size(); ++i) {
      SetColour(kColours[i % kColours.size()]);
      PaintMarks(panel_.series[i], i);
    }
    PaintLegend();
  }

  void ChooseAxes() {
    double low_x = 1e300, high_x = -1e300, low_y = 0, high_y = -1e300;
    for (const Series& series : panel_.series) {
      for (const double x : series.x) low_x = std::min(low_x, x), high_x = std::max(high_x, x);
      for (const double y : series.y) low_y = std::min(low_y, y), high_y = std::max(high_y, y);
    }
    const auto num_categories = static_cast<double>(panel_.categories.size());
    x_ = num_categories > 0 ? Axis{-0.5, num_categories - 0.5, 1} : Axis::Over(low_x, high_x);
    y_ = Axis::Over(low_y, high_y);
  }

  void PaintAxes() {
    cairo_set_line_width(cairo_, 0.5);
    for (double y = y_.low; y < y_.high + y_.tick / 2; y += y_.tick) {
      SetColour(kGridLine);
      Line(left_, Y(y), left_ + width(), Y(y));
      SetColour(kInk);
      RightAligned(NumberText(y, 4), left_ - 4, Y(y));
    }
    if (panel_.categories.empty()) {
      for (double x = x_.low; x < x_.high + x_.tick / 2; x += x_.tick) {
        SetColour(kGridLine);
        Line(X(x), kTop, X(x), kTop + height());
        SetColour(kInk);
        Centred(NumberText(x, 4), X(x), kTop + height() + 8);
      }
    }
    SetColour(kInk);
    for (std::size_t i = 0; i < panel_.categories.size(); ++i) {
      Centred(panel_.categories[i], X(static_cast<double>(i)), kTop + height() + 8);
    }
    SetColour(kFrame);
    cairo_rectangle(cairo_, left_, kTop, width(), height());
    cairo_stroke(cairo_);
  }

  void Line(double x0, double y0, double x1, double y1) {
    cairo_move_to(cairo_, x0, y0);
    cairo_line_to(cairo_, x1, y1);
    cairo_stroke(cairo_);
  }

  /// Bars of several series stand beside each other around their x.
  double BarWidth() const {
    const auto groups = static_cast<double>(panel_.series[0].x.size());
    return 0.8 * width() / groups / static_cast<double>(panel_.series.size());
  }
  double BarLeft(std::size_t series, double x) const {
    return X(x) + (static_cast<double>(series) - static_cast<double>(panel_.series.size()) / 2) *
                      BarWidth();
  }

  void PaintMarks(const Series& series, std::size_t number) {
    cairo_set_line_width(cairo_, 1.3);
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const double x = X(series.x[i]), y = Y(series.y[i]);
      switch (series.mark) {
        case Mark::kLine:
          i == 0 ? cairo_move_to(cairo_, x, y) : cairo_line_to(cairo_, x, y);
          break;
        case Mark::kPoints:
          cairo_arc(cairo_, x, y, 1.8, 0, 2 * std::numbers::pi);
          cairo_fill(cairo_);
          break;
        case Mark::kBars:
          cairo_rectangle(cairo_, BarLeft(number, series.x[i]), y, BarWidth(), Y(0) - y);
          cairo_fill(cairo_);
          break;
      }
    }
    cairo_stroke(cairo_);
  }

  /// How many points and bars a rectangle would hide, at least in part.
  Index HiddenMarks(double left, double top, double right, double bottom) const {
    Index count = 0;
    for (std::size_t s = 0; s < panel_.series.size(); ++s) {
      const Series& series = panel_.series[s];
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        const bool bar = series.mark == Mark::kBars;
        const double begin = bar ? BarLeft(s, series.x[i]) : X(series.x[i]);
        const double end = bar ? begin + BarWidth() : begin;
        const double y = Y(series.y[i]);
        count += end >= left && begin <= right && (bar ? Y(0) : y) >= top && y <= bottom;
      }
    }
    return count;
  }

  /// In the corner where it hides least.
  void PaintLegend() {
    if (panel_.series.size() < 2) return;
    double widest = 0;
    for (const Series& series : panel_.series) {
      widest = std::max(widest, text_.Measure(series.name, kText).width);
    }
    const double legend_width = widest + 20;
    const double legend_height = static_cast<double>(panel_.series.size()) * kLegendLine + 2;
    double x = 0, y = 0;
    Index fewest = std::numeric_limits<Index>::max();
    for (const double top : {kTop + 3, kTop + height() - legend_height - 3}) {
      for (const double left : {left_ + width() - legend_width - 3, left_ + 3}) {
        const Index count = HiddenMarks(left, top, left + legend_width, top + legend_height);
        if (count < fewest) fewest = count, x = left, y = top;
      }
    }
    cairo_set_source_rgba(cairo_, 1, 1, 1, 0.8);
    cairo_rectangle(cairo_, x, y, legend_width, legend_height);
    cairo_fill(cairo_);
    for (std::size_t i = 0; i < panel_.series.size(); ++i) {
      const double line = y + 7 + kLegendLine * static_cast<double>(i);
      SetColour(kColours[i % kColours.size()]);
      cairo_rectangle(cairo_, x + 3, line - 2, 9, 4);
      cairo_fill(cairo_);
      SetColour(kInk);
      text_.Draw(cairo_, panel_.series[i].name, kText, x + 16, line);
    }
  }

  void PaintGrid() {
    const Grid& grid = panel_.grid;
    const double cell_width = width() / static_cast<double>(grid.columns.size());
    const double cell_height = height() / static_cast<double>(grid.rows.size());
    const auto [low, high] = std::ranges::minmax(grid.values);
    for (std::size_t r = 0; r < grid.rows.size(); ++r) {
      const double y = kTop + static_cast<double>(r) * cell_height;
      for (std::size_t c = 0; c < grid.columns.size(); ++c) {
        const double x = left_ + static_cast<double>(c) * cell_width;
        const double value = grid.values[r * grid.columns.size() + c];
        const Colour& colour = DivergingScale().At((value - low) / std::max(high - low, 1e-9));
        SetColour(colour);
        cairo_rectangle(cairo_, x, y, cell_width, cell_height);
        cairo_fill(cairo_);
        SetColour(ToOkLab(colour).lightness < 0.6 ? kPaper : kInk);
        Centred(NumberText(value, 3), x + cell_width / 2, y + cell_height / 2);
      }
      SetColour(kInk);
      RightAligned(grid.rows[r], left_ - 4, y + cell_height / 2);
    }
    for (std::size_t c = 0; c < grid.columns.size(); ++c) {
      Centred(grid.columns[c], left_ + (static_cast<double>(c) + 0.5) * cell_width,
              kTop + height() + 8);
    }
  }

  cairo_t* cairo_;
  TextRenderer& text_;
  const Panel& panel_;
  double left_;
  Axis x_;
  Axis y_;
};

}  // namespace

void DrawPanels(std::span<const Panel> panels, const std::string& path) {
  const double width = kPanelWidth * static_cast<double>(panels.size());
  const std::unique_ptr<cairo_surface_t, SurfaceDestroyer> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width * kPixelsPerPoint),
                                 static_cast<int>(kPanelHeight * kPixelsPerPoint)));
  const std::unique_ptr<cairo_t, ContextDestroyer> cairo(cairo_create(surface.get()));
  cairo_scale(cairo.get(), kPixelsPerPoint, kPixelsPerPoint);
  cairo_set_source_rgb(cairo.get(), 1, 1, 1);
  cairo_paint(cairo.get());
  TextRenderer text;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    PanelPainter(cairo.get(), text, panels[i], kPanelWidth * static_cast<double>(i)).Paint();
  }
  const cairo_status_t status = cairo_surface_write_to_png(surface.get(), path.c_str());
  if (status != CAIRO_STATUS_SUCCESS) {
    throw Error({.where = path, .what = cairo_status_to_string(status)});
  }
}

}  // namespace talmach::lab
