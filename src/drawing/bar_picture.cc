#include "drawing/bar_picture.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "drawing/canvas.h"
#include "drawing/colour_scale.h"
#include "drawing/text_renderer.h"

namespace talmach {
namespace {

// Lengths in points.
constexpr double kMargin = 14;
constexpr double kPlotWidth = 300;  // from the lowest to the highest bar's end
constexpr double kRow = 20;
constexpr double kBarHeight = 13;
constexpr double kTitleRow = 26;
constexpr double kPanelTitleRow = 22;
constexpr double kPanelGap = 12;
constexpr double kGap = 6;  // between a bar and its text

constexpr TextStyle kTitle = {.size = 12, .bold = true};
constexpr TextStyle kPanelTitle = {.size = 10, .bold = true};
constexpr TextStyle kLabel = {.size = 10};

std::string NumberText(double value, int decimals) {
  if (std::isnan(value)) return "undefined";
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(value),
                                 std::chars_format::fixed, decimals)
                       .ptr;
  return (value < 0 ? "−" : "") + std::string(digits.data(), end);
}

double LengthOf(const Bar& bar) { return std::isfinite(bar.value) ? bar.value : 0; }

// From the values of a panel to places in the picture.
struct Scale {
  double zero = 0;  // x of the axis
  double points_per_unit = 0;
};

class BarPainter {
 public:
  BarPainter(const std::string& title, std::span<const BarPanel> panels, TextRenderer& text)
      : title_(title), panels_(panels), text_(text) {
    double height = 2 * kMargin + kTitleRow;
    for (const BarPanel& panel : panels) {
      height += kPanelTitleRow + kRow * static_cast<double>(panel.bars.size()) + kPanelGap;
      for (const Bar& bar : panel.bars) {
        label_width_ = std::max(label_width_, text.Measure(bar.label, kLabel).width);
        number_width_ = std::max(number_width_,
                                 text.Measure(NumberText(bar.value, panel.decimals), kLabel).width);
      }
    }
    size_.height = height - kPanelGap;
    size_.width = std::max(2 * kMargin + label_width_ + kPlotWidth + number_width_ + 2 * kGap,
                           2 * kMargin + text.Measure(title, kTitle).width);
  }

  CanvasSize size() const { return size_; }

  void Paint(cairo_t* cairo) {
    SetColour(cairo, kPaper);
    cairo_paint(cairo);
    SetColour(cairo, kInk);
    double y = kMargin;
    text_.Draw(cairo, title_, kTitle, kMargin, y + kTitleRow / 2 - 4);
    y += kTitleRow;
    for (const BarPanel& panel : panels_) {
      PaintPanel(cairo, panel, y);
      y += kPanelTitleRow + kRow * static_cast<double>(panel.bars.size()) + kPanelGap;
    }
  }

 private:
  // Numbers of negative bars stand left of them, so that room for a number is left there, too.
  Scale ScaleOf(const BarPanel& panel) const {
    double lowest = 0, highest = 0;
    for (const Bar& bar : panel.bars) {
      lowest = std::min(lowest, LengthOf(bar));
      highest = std::max(highest, LengthOf(bar));
    }
    const double left = kMargin + label_width_ + kGap;
    const double reserved = lowest < 0 ? number_width_ + kGap : 0;
    const double range = highest > lowest ? highest - lowest : 1;
    const double points_per_unit = (kPlotWidth - reserved) / range;
    return {left + reserved - lowest * points_per_unit, points_per_unit};
  }

  void PaintPanel(cairo_t* cairo, const BarPanel& panel, double y) {
    SetColour(cairo, kInk);
    text_.Draw(cairo, panel.title, kPanelTitle, kMargin, y + kPanelTitleRow / 2);
    y += kPanelTitleRow;
    const Scale scale = ScaleOf(panel);
    const double top = y;
    for (const Bar& bar : panel.bars) {
      PaintBar(cairo, bar, panel.decimals, scale, y + kRow / 2);
      y += kRow;
    }
    SetColour(cairo, kFrame);
    cairo_set_line_width(cairo, 0.7);
    cairo_move_to(cairo, scale.zero, top);
    cairo_line_to(cairo, scale.zero, y);
    cairo_stroke(cairo);
  }

  void PaintBar(cairo_t* cairo, const Bar& bar, int decimals, const Scale& scale, double middle) {
    const double end = scale.zero + LengthOf(bar) * scale.points_per_unit;
    SetColour(cairo, SequentialScale().At(0.55));
    cairo_rectangle(cairo, std::min(scale.zero, end), middle - kBarHeight / 2,
                    std::abs(end - scale.zero), kBarHeight);
    cairo_fill(cairo);
    SetColour(cairo, kInk);
    const double label_width = text_.Measure(bar.label, kLabel).width;
    text_.Draw(cairo, bar.label, kLabel, kMargin + label_width_ - label_width, middle);
    const std::string number = NumberText(bar.value, decimals);
    const double number_width = text_.Measure(number, kLabel).width;
    text_.Draw(cairo, number, kLabel, bar.value < 0 ? end - kGap - number_width : end + kGap,
               middle);
  }

  const std::string& title_;
  std::span<const BarPanel> panels_;
  TextRenderer& text_;
  double label_width_ = 0;
  double number_width_ = 0;
  CanvasSize size_;
};

}  // namespace

std::string RenderBars(const std::string& title, std::span<const BarPanel> panels,
                       PictureFormat format, double pixels_per_point) {
  TextRenderer text;
  BarPainter painter(title, panels, text);
  CanvasSize size = painter.size();
  size.pixels_per_point = pixels_per_point;
  return RenderCanvas(format, size, title, [&](cairo_t* cairo) { painter.Paint(cairo); });
}

}  // namespace talmach
