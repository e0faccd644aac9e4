// Tested by tests/drawing/chart_test.cc.
//
// Bars in rows: the names on the left, the numbers at the ends of the bars.
#include <algorithm>
#include <cmath>

#include "drawing/chart_parts.h"
#include "drawing/picture_numbers.h"

namespace talmach {
namespace {

constexpr double kRow = 20;
constexpr double kBarHeight = 13;

double LengthOf(double value) { return std::isfinite(value) ? value : 0; }

double NumberWidth(const Chart& chart, ChartPen& pen) {
  double widest = 0;
  for (const double value : chart.series[0].y) {
    widest = std::max(widest, pen.Width(FixedText(value, chart.decimals), ChartText().style));
  }
  return widest;
}

// From values to places in the picture.
struct Scale {
  double zero = 0;
  double points_per_unit = 0;
};

// Numbers of negative bars stand left of them, so that room for a number is left there, too.
Scale ScaleOf(const Chart& chart, const ChartBox& plot, ChartPen& pen) {
  double lowest = 0, highest = 0;
  for (const double value : chart.series[0].y) {
    lowest = std::min(lowest, LengthOf(value));
    highest = std::max(highest, LengthOf(value));
  }
  const double reserved = lowest < 0 ? NumberWidth(chart, pen) + kChartGap : 0;
  const double range = highest > lowest ? highest - lowest : 1;
  const double points_per_unit = (plot.width - reserved) / range;
  return {plot.left + reserved - lowest * points_per_unit, points_per_unit};
}

}  // namespace

bool HasRows(const Chart& chart) {
  return !chart.series.empty() && chart.series[0].mark == ChartMark::kRows;
}

double RowsHeight(const Chart& chart) {
  return kRow * static_cast<double>(chart.series[0].y.size());
}

ChartRoom MeasureRows(const Chart& chart, ChartPen& pen) {
  double widest = 0;
  for (const std::string& label : chart.categories) {
    widest = std::max(widest, pen.Width(label, ChartText().style));
  }
  return {.left = widest + kChartGap, .right = NumberWidth(chart, pen) + kChartGap};
}

void PaintRows(const Chart& chart, const ChartBox& plot, ChartPen& pen) {
  const Scale scale = ScaleOf(chart, plot, pen);
  double middle = plot.top + kRow / 2;
  for (std::size_t i = 0; i < chart.series[0].y.size(); ++i, middle += kRow) {
    const double value = chart.series[0].y[i];
    const double end = scale.zero + LengthOf(value) * scale.points_per_unit;
    const std::string number = FixedText(value, chart.decimals);
    pen.Box({std::min(scale.zero, end), middle - kBarHeight / 2, std::abs(end - scale.zero),
             kBarHeight},
            SeriesPaint(0), chart.categories[i] + ": " + number);
    pen.Text({.text = chart.categories[i],
              .at = {plot.left - kChartGap, middle},
              .anchor = ChartAnchor::kEnd});
    const bool negative = value < 0;
    pen.Text({.text = number,
              .at = {negative ? end - kChartGap : end + kChartGap, middle},
              .anchor = negative ? ChartAnchor::kEnd : ChartAnchor::kStart});
  }
  const ChartPoint axis[] = {{scale.zero, plot.top}, {scale.zero, plot.bottom()}};
  pen.Line(axis, kFramePaint, 0.7);
}

}  // namespace talmach
