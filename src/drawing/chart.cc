// Charts are laid out from the inside out: a plot has a given size, each kind of plot says how much
// room its labels need around it, and titles and axis names add theirs. On a page, charts stand
// side by side or below each other; stacked ones share the widest left and right room, so that
// their plots line up. Text must be measured to do this, so the pen that draws also measures: once
// without a surface, then with one of the size that came out.
#include "drawing/chart.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "drawing/chart_parts.h"

namespace talmach {
namespace {

constexpr double kMargin = 12;       // around a page
constexpr double kChartMargin = 14;  // between charts
constexpr double kTitleRow = 20;
constexpr double kPageTitleRow = 26;
constexpr TextStyle kTitle = {.size = 11, .bold = true};
constexpr TextStyle kPageTitle = {.size = 13, .bold = true};

enum class Kind { kPlot, kRows, kGrid };

Kind KindOf(const Chart& chart) {
  if (!chart.grid.values.empty()) return Kind::kGrid;
  return HasRows(chart) ? Kind::kRows : Kind::kPlot;
}

void CheckChart(const Chart& chart) {
  const ChartGrid& grid = chart.grid;
  Require(grid.values.size() == grid.rows.size() * grid.columns.size(), "a value for every cell");
  Require(!HasRows(chart) || chart.series.size() == 1, "rows are of one series");
  for (const ChartSeries& series : chart.series) {
    Require(series.x.empty() || series.x.size() == series.y.size(), "an x for every y");
    Require(chart.categories.empty() || series.y.size() == chart.categories.size(),
            "a value for every category");
  }
}

ChartRoom MeasureKind(const Chart& chart, ChartPen& pen) {
  switch (KindOf(chart)) {
    case Kind::kGrid:
      return MeasureGrid(chart, pen);
    case Kind::kRows:
      return MeasureRows(chart, pen);
    case Kind::kPlot:
      break;
  }
  return MeasurePlot(chart, pen);
}

// With room for the title and the names of the axes. The half line on top is that of the highest
// number; what stands below the last number may reach over the right end.
ChartRoom Measure(const Chart& chart, ChartPen& pen) {
  CheckChart(chart);
  ChartRoom room = MeasureKind(chart, pen);
  room.top += chart.title.empty() ? kChartLine / 2 : kTitleRow;
  if (!HasRows(chart)) room.right += kChartLine;
  if (!chart.x_label.empty()) room.bottom += kChartLine;
  if (!chart.y_label.empty()) room.left += kChartLine + kChartGap / 2;
  return room;
}

double PlotHeight(const Chart& chart) { return HasRows(chart) ? RowsHeight(chart) : chart.height; }

// `left` and `top` are those of the room around the plot.
void Paint(const Chart& chart, const ChartRoom& room, double left, double top, ChartPen& pen) {
  const ChartBox plot = {left + room.left, top + room.top, chart.width, PlotHeight(chart)};
  pen.Text({.text = chart.title, .at = {left, top + kTitleRow / 2 - 2}, .style = kTitle});
  switch (KindOf(chart)) {
    case Kind::kGrid:
      PaintGrid(chart, plot, pen);
      break;
    case Kind::kRows:
      PaintRows(chart, plot, pen);
      break;
    case Kind::kPlot:
      PaintPlot(chart, plot, pen);
      break;
  }
  pen.Text({.text = chart.x_label,
            .at = {plot.left + plot.width / 2, plot.bottom() + room.bottom - kChartLine / 2},
            .anchor = ChartAnchor::kMiddle});
  pen.Text({.text = chart.y_label,
            .at = {left + kChartLine / 2, plot.top + plot.height / 2},
            .anchor = ChartAnchor::kMiddle,
            .upwards = true});
}

// Where the charts of a page stand. Plots below each other begin and end at the same x.
struct PageLayout {
  PageLayout(const ChartPage& page, ChartPen& pen) {
    const bool stacked = page.order == ChartOrder::kStacked;
    ChartRoom widest;
    for (const Chart& chart : page.charts) {
      rooms.push_back(Measure(chart, pen));
      widest.left = std::max(widest.left, rooms.back().left);
      widest.right = std::max(widest.right, rooms.back().right);
    }
    double x = kMargin, y = kMargin + (page.title.empty() ? 0 : kPageTitleRow);
    width = 2 * kMargin + pen.Width(page.title, kPageTitle);
    height = y;
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      ChartRoom& room = rooms[i];
      if (stacked) room.left = widest.left, room.right = widest.right;
      places.push_back({x, y});
      const double right = x + room.left + page.charts[i].width + room.right;
      const double bottom = y + room.top + PlotHeight(page.charts[i]) + room.bottom;
      width = std::max(width, right + kMargin);
      height = std::max(height, bottom + kMargin);
      (stacked ? y : x) = (stacked ? bottom : right) + kChartMargin;
    }
  }

  std::vector<ChartRoom> rooms = {};
  std::vector<ChartPoint> places = {};
  double width = 0;
  double height = 0;
};

void PaintPage(const ChartPage& page, const PageLayout& layout, ChartPen& pen) {
  pen.Text(
      {.text = page.title, .at = {kMargin, kMargin + kPageTitleRow / 2 - 4}, .style = kPageTitle});
  for (std::size_t i = 0; i < page.charts.size(); ++i) {
    Paint(page.charts[i], layout.rooms[i], layout.places[i].x, layout.places[i].y, pen);
  }
}

}  // namespace

const ChartPaint& SeriesPaint(std::size_t index) {
  static constexpr std::array<ChartPaint, 6> kPaints = {{{{0.000, 0.447, 0.698}, "series0"},
                                                         {{0.835, 0.369, 0.000}, "series1"},
                                                         {{0.000, 0.620, 0.451}, "series2"},
                                                         {{0.800, 0.475, 0.655}, "series3"},
                                                         {{0.902, 0.624, 0.000}, "series4"},
                                                         {{0.337, 0.706, 0.914}, "series5"}}};
  return kPaints[index % kPaints.size()];
}

std::string RenderCharts(const ChartPage& page, PictureFormat format, double pixels_per_point) {
  TextRenderer text;
  CairoPen measure(nullptr, text);
  const PageLayout layout(page, measure);
  const CanvasSize size = {layout.width, layout.height, pixels_per_point};
  return RenderCanvas(format, size, page.title, [&](cairo_t* cairo) {
    SetColour(cairo, kPaper);
    cairo_paint(cairo);  // to the last pixel, which a box of points may cover in part
    CairoPen pen(cairo, text);
    PaintPage(page, layout, pen);
  });
}

std::string ChartElement(const Chart& chart) {
  SvgPen pen;
  const ChartRoom room = Measure(chart, pen);
  Paint(chart, room, 0, 0, pen);
  return pen.Element(room.left + chart.width + room.right,
                     room.top + PlotHeight(chart) + room.bottom);
}

}  // namespace talmach
