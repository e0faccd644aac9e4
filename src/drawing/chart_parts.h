// The plots of the three kinds of charts, without the titles and axis labels that all have in
// common (chart.cc). Each measures how much room its labels need around the plot and draws both.
#pragma once

#include "drawing/chart.h"
#include "drawing/chart_pen.h"

namespace talmach {

/// What a plot needs around itself, in points.
struct ChartRoom {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

inline constexpr double kChartGap = 6;    // between a plot and its labels
inline constexpr double kChartLine = 14;  // the height of a line of text

/// Whether the chart is bars in rows.
bool HasRows(const Chart& chart);
double RowsHeight(const Chart& chart);

ChartRoom MeasureRows(const Chart& chart, ChartPen& pen);
void PaintRows(const Chart& chart, const ChartBox& plot, ChartPen& pen);

/// Series over axes.
ChartRoom MeasurePlot(const Chart& chart, ChartPen& pen);
void PaintPlot(const Chart& chart, const ChartBox& plot, ChartPen& pen);

ChartRoom MeasureGrid(const Chart& chart, ChartPen& pen);
void PaintGrid(const Chart& chart, const ChartBox& plot, ChartPen& pen);

}  // namespace talmach
