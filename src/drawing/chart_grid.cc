// Tested by tests/drawing/chart_test.cc.
//
// Grids of coloured numbers. The scale spans the values of this grid, so colours compare cells
// within a grid and not between grids.
#include <algorithm>

#include "drawing/chart_parts.h"
#include "drawing/picture_numbers.h"

namespace talmach {

ChartRoom MeasureGrid(const Chart& chart, ChartPen& pen) {
  double widest = 0;
  for (const std::string& row : chart.grid.rows) {
    widest = std::max(widest, pen.Width(row, ChartText().style));
  }
  return {.left = widest + kChartGap, .bottom = kChartGap + kChartLine};
}

void PaintGrid(const Chart& chart, const ChartBox& plot, ChartPen& pen) {
  const ChartGrid& grid = chart.grid;
  const double width = plot.width / static_cast<double>(grid.columns.size());
  const double height = plot.height / static_cast<double>(grid.rows.size());
  const auto [low, high] = std::ranges::minmax(grid.values);
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    const double top = plot.top + static_cast<double>(r) * height;
    for (std::size_t c = 0; c < grid.columns.size(); ++c) {
      const double left = plot.left + static_cast<double>(c) * width;
      const double value = grid.values[r * grid.columns.size() + c];
      const Colour& colour = DivergingScale().At((value - low) / std::max(high - low, 1e-9));
      pen.Box({left, top, width, height}, {colour});
      pen.Text({.text = ShortText(value, 3),
                .at = {left + width / 2, top + height / 2},
                .anchor = ChartAnchor::kMiddle,
                .paint = {Contrasting(colour)}});
    }
    pen.Text({.text = grid.rows[r],
              .at = {plot.left - kChartGap, top + height / 2},
              .anchor = ChartAnchor::kEnd});
  }
  for (std::size_t c = 0; c < grid.columns.size(); ++c) {
    pen.Text({.text = grid.columns[c],
              .at = {plot.left + (static_cast<double>(c) + 0.5) * width,
                     plot.bottom() + kChartGap + kChartLine / 2},
              .anchor = ChartAnchor::kMiddle});
  }
}

}  // namespace talmach
