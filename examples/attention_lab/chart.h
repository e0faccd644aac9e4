// The laboratory's pictures: panels side by side, each with lines, points or bars over axes, or
// with a grid of coloured numbers.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace talmach::lab {

enum class Mark { kLine, kPoints, kBars };

/// y over x in one colour; the name goes into the legend.
struct Series {
  std::string name;
  std::vector<double> x = {};
  std::vector<double> y = {};
  Mark mark = Mark::kLine;
};

/// Numbers by row and column, coloured from blue (the smallest) to orange (the largest).
struct Grid {
  std::vector<std::string> rows = {};
  std::vector<std::string> columns = {};
  std::vector<double> values = {};  // row by row
};

/// Either series or a grid.
struct Panel {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Series> series = {};
  Grid grid = {};
  std::vector<std::string> categories = {};  // names of x = 0, 1, …; without them x has numbers
};

/// Writes a PNG. Throws Error if the file cannot be written.
void DrawPanels(std::span<const Panel> panels, const std::string& path);

}  // namespace talmach::lab
