// Charts of measured numbers: lines, points and bars over axes, horizontal bars with their numbers,
// and grids of coloured numbers. One layout serves files (through Cairo) and HTML pages (as an
// <svg> element whose colours the page's style chooses):
//
//   chart.h          what is to be shown
//   chart_parts.h    how much room each kind needs, and how it is drawn
//   chart_pen.h      where it is drawn: on a Cairo surface or into an <svg> element
#pragma once

#include <string>
#include <vector>

#include "drawing/picture_format.h"

namespace talmach {

enum class ChartMark {
  kLine,
  kPoints,
  kBars,  // upright, those of several series beside each other
  kRows,  // a bar to the right in a row of its own, its number at its end; one series
};

/// y over x in one colour; the name goes into the legend.
struct ChartSeries {
  std::string name = {};
  std::vector<double> x = {};  // empty: 0, 1, …
  std::vector<double> y = {};  // NaN: nothing is drawn, and rows say "undefined"
  ChartMark mark = ChartMark::kLine;
};

/// Numbers by row and column, coloured from blue (the smallest) to orange (the largest).
struct ChartGrid {
  std::vector<std::string> rows = {};
  std::vector<std::string> columns = {};
  std::vector<double> values = {};  // row by row
};

/// Either series or a grid.
struct Chart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<ChartSeries> series = {};
  ChartGrid grid = {};
  std::vector<std::string> categories = {};  // names of x = 0, 1, …; without them x has numbers
  int decimals = 2;                          // of the numbers of rows
  double width = 240;                        // of the plot without what surrounds it, points
  double height = 168;                       // likewise; rows are as high as they need to be
  bool legend = true;                        // of several series, inside the plot
};

enum class ChartOrder { kSideBySide, kStacked };

struct ChartPage {
  std::string title = {};  // above all; may be empty
  std::vector<Chart> charts = {};
  ChartOrder order = ChartOrder::kSideBySide;
};

/// The bytes of a picture. Throws std::logic_error if a series has not an x for each y, or not a y
/// for each category.
std::string RenderCharts(const ChartPage& page, PictureFormat format, double pixels_per_point = 3);

/// An <svg> element, the same on every machine. Colours are those of the classes series0 … series5,
/// axis (texts), frame and grid (lines); bars have tooltips.
std::string ChartElement(const Chart& chart);

}  // namespace talmach
