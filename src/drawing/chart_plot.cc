// Tested by tests/drawing/chart_test.cc.
//
// Axes first, series over them, the legend last, in the corner where it covers the fewest marks.
// Bars of several series share the room of their category. Numbers that are not finite are left out
// of the range and of the drawing, so a missing measurement is a gap and not a point at zero.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/types.h"
#include "drawing/chart_axis.h"
#include "drawing/chart_parts.h"
#include "drawing/picture_numbers.h"

namespace talmach {
namespace {

constexpr double kGridWidth = 0.6;
constexpr double kLineWidth = 1.6;
constexpr double kDotRadius = 2.2;
constexpr int kTickDigits = 4;

double XOf(const ChartSeries& series, std::size_t i) {
  return series.x.empty() ? static_cast<double>(i) : series.x[i];
}

struct Axes {
  ChartAxis x;
  ChartAxis y;
};

// The y axis holds zero, where bars begin.
Axes ChooseAxes(const Chart& chart) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double low_x = kInfinity, high_x = -kInfinity, low_y = 0, high_y = -kInfinity;
  for (const ChartSeries& series : chart.series) {
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double x = XOf(series, i), y = series.y[i];
      if (!std::isfinite(y)) continue;
      low_x = std::min(low_x, x), high_x = std::max(high_x, x);
      low_y = std::min(low_y, y), high_y = std::max(high_y, y);
    }
  }
  if (high_x < low_x) low_x = high_x = high_y = 0;  // nothing to draw
  const auto num_categories = static_cast<double>(chart.categories.size());
  return {num_categories > 0 ? ChartAxis{-0.5, num_categories - 0.5, 1}
                             : ChartAxis::Over(low_x, high_x),
          ChartAxis::Over(low_y, high_y)};
}

// Ticks are multiples of their distance, but for the rounding that would show near zero.
std::string TickText(double value, const ChartAxis& axis) {
  return ShortText(std::abs(value) < axis.tick / 1000 ? 0 : value, kTickDigits);
}

class PlotPainter {
 public:
  PlotPainter(const Chart& chart, const ChartBox& plot, ChartPen& pen)
      : chart_(chart), plot_(plot), pen_(pen), axes_(ChooseAxes(chart)) {}

  void PaintAxes() {
    for (double y = axes_.y.low; y < axes_.y.high + axes_.y.tick / 2; y += axes_.y.tick) {
      const ChartPoint line[] = {{plot_.left, Y(y)}, {plot_.right(), Y(y)}};
      pen_.Line(line, kGridPaint, kGridWidth);
      pen_.Text({.text = TickText(y, axes_.y),
                 .at = {plot_.left - kChartGap, Y(y)},
                 .anchor = ChartAnchor::kEnd});
    }
    if (chart_.categories.empty()) {
      for (double x = axes_.x.low; x < axes_.x.high + axes_.x.tick / 2; x += axes_.x.tick) {
        const ChartPoint line[] = {{X(x), plot_.top}, {X(x), plot_.bottom()}};
        pen_.Line(line, kGridPaint, kGridWidth);
        BelowAxis(TickText(x, axes_.x), x);
      }
    }
    for (std::size_t i = 0; i < chart_.categories.size(); ++i) {
      BelowAxis(chart_.categories[i], static_cast<double>(i));
    }
    const ChartPoint frame[] = {{plot_.left, plot_.top},
                                {plot_.right(), plot_.top},
                                {plot_.right(), plot_.bottom()},
                                {plot_.left, plot_.bottom()},
                                {plot_.left, plot_.top}};
    pen_.Line(frame, kFramePaint, kGridWidth);
  }

  void PaintSeries(std::size_t index) {
    const ChartSeries& series = chart_.series[index];
    std::vector<ChartPoint> line;
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!std::isfinite(series.y[i])) continue;
      const ChartPoint point = {X(XOf(series, i)), Y(series.y[i])};
      if (series.mark == ChartMark::kLine) line.push_back(point);
      if (series.mark == ChartMark::kPoints) pen_.Dot(point, kDotRadius, SeriesPaint(index));
      if (series.mark == ChartMark::kBars) {
        pen_.Box(Bar(index, i), SeriesPaint(index), Tooltip(series, i));
      }
    }
    if (!line.empty()) pen_.Line(line, SeriesPaint(index), kLineWidth);
  }

  // In the corner where it hides least.
  void PaintLegend() {
    ChartBox box = {.width = 0, .height = static_cast<double>(chart_.series.size()) * kChartLine};
    for (const ChartSeries& series : chart_.series) {
      box.width = std::max(box.width, pen_.Width(series.name, ChartText().style) + 26);
    }
    ChartBox best;
    Index fewest = std::numeric_limits<Index>::max();
    for (const double top : {plot_.top + 4, plot_.bottom() - box.height - 4}) {
      for (const double left : {plot_.right() - box.width - 4, plot_.left + 4}) {
        const ChartBox corner = {left, top, box.width, box.height};
        const Index count = HiddenMarks(corner);
        if (count < fewest) fewest = count, best = corner;
      }
    }
    pen_.Box(best, {.colour = kPaper, .opacity = 0.8});
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const double middle = best.top + kChartLine * (static_cast<double>(i) + 0.5);
      pen_.Box({best.left + 4, middle - 2.5, 12, 5}, SeriesPaint(i));
      pen_.Text({.text = chart_.series[i].name, .at = {best.left + 21, middle}});
    }
  }

 private:
  double X(double value) const { return plot_.left + axes_.x.Share(value) * plot_.width; }
  double Y(double value) const { return plot_.top + (1 - axes_.y.Share(value)) * plot_.height; }

  void BelowAxis(const std::string& label, double x) {
    pen_.Text({.text = label,
               .at = {X(x), plot_.bottom() + kChartGap + kChartLine / 2},
               .anchor = ChartAnchor::kMiddle});
  }

  std::string Tooltip(const ChartSeries& series, std::size_t i) const {
    const std::string& place =
        chart_.categories.empty() ? ShortText(XOf(series, i), kTickDigits) : chart_.categories[i];
    return fmt::format("{} · {}: {:.2f}", series.name, place, series.y[i]);
  }

  // Bars of several series stand beside each other around their x.
  ChartBox Bar(std::size_t index, std::size_t i) const {
    const auto num_series = static_cast<double>(chart_.series.size());
    const ChartSeries& series = chart_.series[index];
    const double width = 0.8 * plot_.width / static_cast<double>(series.y.size()) / num_series;
    const double zero = Y(0), end = Y(series.y[i]);
    return {X(XOf(series, i)) + (static_cast<double>(index) - num_series / 2) * width,
            std::min(zero, end), width, std::abs(end - zero)};
  }

  // How many points and bars a box would hide, at least in part.
  Index HiddenMarks(const ChartBox& box) const {
    Index count = 0;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      const ChartSeries& series = chart_.series[s];
      for (std::size_t i = 0; i < series.y.size(); ++i) {
        if (!std::isfinite(series.y[i])) continue;
        const ChartBox mark = series.mark == ChartMark::kBars
                                  ? Bar(s, i)
                                  : ChartBox{X(XOf(series, i)), Y(series.y[i])};
        count += mark.right() >= box.left && mark.left <= box.right() && mark.bottom() >= box.top &&
                 mark.top <= box.bottom();
      }
    }
    return count;
  }

  const Chart& chart_;
  const ChartBox& plot_;
  ChartPen& pen_;
  Axes axes_;
};

}  // namespace

ChartRoom MeasurePlot(const Chart& chart, ChartPen& pen) {
  const ChartAxis axis = ChooseAxes(chart).y;
  double widest = 0;
  for (double y = axis.low; y < axis.high + axis.tick / 2; y += axis.tick) {
    widest = std::max(widest, pen.Width(TickText(y, axis), ChartText().style));
  }
  return {.left = widest + kChartGap, .bottom = kChartGap + kChartLine};
}

void PaintPlot(const Chart& chart, const ChartBox& plot, ChartPen& pen) {
  PlotPainter painter(chart, plot, pen);
  painter.PaintAxes();
  for (std::size_t i = 0; i < chart.series.size(); ++i) painter.PaintSeries(i);
  if (chart.legend && chart.series.size() > 1) painter.PaintLegend();
}

}  // namespace talmach
