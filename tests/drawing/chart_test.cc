#include "drawing/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "drawing/bitmap.h"
#include "drawing/chart_pen.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Numbers = std::vector<double>;

const double kNan = std::nan("");

Chart Rows(const Numbers& values) {
  Chart chart = {.title = "Rows", .series = {{.y = values, .mark = ChartMark::kRows}}};
  for (std::size_t i = 0; i < values.size(); ++i)
    chart.categories.push_back(std::string(i + 1, 'a'));
  chart.width = 300;
  return chart;
}

Chart Bars(const Numbers& first, const Numbers& second) {
  Chart chart = {.series = {{.name = "a", .y = first, .mark = ChartMark::kBars},
                            {.name = "b<", .y = second, .mark = ChartMark::kBars}}};
  chart.categories = {"1-5", "6+"};
  return chart;
}

// Pixels of one series of a chart.
int Pixels(const Chart& chart, std::size_t series = 0) {
  return Decode(RenderCharts({.charts = {chart}}, PictureFormat::kPng, /*pixels_per_point=*/2))
      .Count(SeriesPaint(series).colour);
}

std::size_t Occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(ChartTest, RowsAreAsLongAsTheirValues) {
  const int whole = Pixels(Rows({40}));
  EXPECT_GT(whole, 2 * 300 * 20);  // 300 points wide and some points high
  EXPECT_NEAR(Pixels(Rows({40, 10})), 1.25 * whole, 0.02 * whole);
  EXPECT_NEAR(Pixels(Rows({40, 0, kNan})), whole, 0.02 * whole);
  // Bars on both sides of zero share the width, less the room for a number.
  EXPECT_GT(Pixels(Rows({-1, 1})), 0.75 * whole);
  EXPECT_LT(Pixels(Rows({-1, 1})), whole);
}

TEST(ChartTest, RowsSayTheirNumbers) {
  const std::string svg = ChartElement(Rows({-1.5, kNan}));
  EXPECT_THAT(svg, HasSubstr(">−1.50</text>"));
  EXPECT_THAT(svg, HasSubstr(">undefined</text>"));
}

TEST(ChartTest, BarsAreAsHighAsTheirValues) {
  const int whole = Pixels(Bars({20, 20}, {0, 40}));
  EXPECT_NEAR(Pixels(Bars({10, 20}, {0, 40})), 0.75 * whole, 0.05 * whole);
  EXPECT_NEAR(Pixels(Bars({20, kNan}, {0, 40})), 0.5 * whole, 0.05 * whole);
  // The axis goes from −20 to 20, so that the bars below zero are half as high as the plot.
  EXPECT_NEAR(Pixels(Bars({-20, -20}, {20, 20})), whole, 0.05 * whole);
}

TEST(ChartTest, PointsAndLinesCanBeSeen) {
  Chart chart = {.series = {{.name = "line", .x = {0, 1, 2}, .y = {0, 4, 1}},
                            {.name = "points", .x = {0, 1}, .y = {3, 2}}}};
  chart.legend = false;
  chart.series[1].mark = ChartMark::kPoints;
  const int line = Pixels(chart, 0), points = Pixels(chart, 1);
  EXPECT_GT(line, 500);
  EXPECT_GT(points, 2 * 20);
  chart.legend = true;
  EXPECT_GT(Pixels(chart, 0), line);
  EXPECT_GT(Pixels(chart, 1), points);
}

TEST(ChartTest, GridsColourTheirNumbers) {
  Chart chart = {.grid = {.rows = {"r"}, .columns = {"c", "d"}, .values = {-1, 3}}};
  const Bitmap bitmap = Decode(RenderCharts({.charts = {chart}}, PictureFormat::kPng, 1));
  const double cell = chart.width / 2 * chart.height;
  EXPECT_NEAR(bitmap.Count(DivergingScale().At(0)), cell, 0.05 * cell);
  EXPECT_NEAR(bitmap.Count(DivergingScale().At(1)), cell, 0.05 * cell);
}

TEST(ChartTest, PaperGoesToTheLastPixel) {
  // A scale at which the page ends within a pixel.
  const Bitmap bitmap =
      Decode(RenderCharts({.charts = {Rows({1})}}, PictureFormat::kPng, /*pixels_per_point=*/1.37));
  for (int x = 0; x < bitmap.width; ++x) EXPECT_EQ(bitmap.pixels.end()[-1 - x], 0xFFFFFFu);
  for (int y = 0; y < bitmap.height; ++y) {
    EXPECT_EQ(bitmap.pixels[static_cast<std::size_t>((y + 1) * bitmap.width - 1)], 0xFFFFFFu);
  }
}

TEST(ChartTest, StackedPlotsBeginAndEndTogether) {
  // The second label is longer than the first, so that its chart alone would begin further right.
  const Chart wide = Rows({1}), wider = Rows({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  const auto width = [](const std::vector<Chart>& charts) {
    return Decode(RenderCharts({.charts = charts, .order = ChartOrder::kStacked},
                               PictureFormat::kPng, 1))
        .width;
  };
  EXPECT_GT(width({wider}), width({wide}));
  EXPECT_EQ(width({wide, wider}), width({wider}));
}

TEST(ChartTest, EveryFormatIsWhatItSaysAndAlwaysTheSame) {
  const ChartPage page = {.title = "Title", .charts = {Rows({1, -2}), Bars({1, 2}, {3, 4})}};
  for (const auto& [format, start] :
       {std::pair(PictureFormat::kSvg, "<?xml"), std::pair(PictureFormat::kPng, "\x89PNG"),
        std::pair(PictureFormat::kPdf, "%PDF-1.")}) {
    const std::string bytes = RenderCharts(page, format);
    EXPECT_THAT(bytes, StartsWith(start));
    EXPECT_EQ(RenderCharts(page, format), bytes);
  }
}

TEST(ChartElementTest, BarsHaveTooltipsAndTheColoursOfThePage) {
  Chart chart = Bars({10, 20}, {0, 40});
  chart.legend = false;
  const std::string svg = ChartElement(chart);
  EXPECT_EQ(Occurrences(svg, "<rect"), 4u);
  EXPECT_THAT(svg, HasSubstr("height=\"168.0\" fill-opacity=\"1\" class=\"series1\" "
                             "fill=\"currentColor\"><title>b&lt; · 6+: 40.00</title>"));
  EXPECT_THAT(svg, HasSubstr("height=\"84.0\" fill-opacity=\"1\" class=\"series0\" "
                             "fill=\"currentColor\"><title>a · 6+: 20.00</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("#")));
}

TEST(ChartElementTest, TheLegendStandsWhereItHidesNoMark) {
  // Where the name of the first series stands, as shares of the width and the height.
  const auto place = [](const Numbers& x, const Numbers& y) {
    const Chart chart = {.series = {{.name = "name", .x = x, .y = y, .mark = ChartMark::kPoints},
                                    {.name = "other", .x = x, .y = y, .mark = ChartMark::kPoints}}};
    const std::string element = ChartElement(chart);
    const std::size_t text = element.rfind("<text", element.find(">name<"));
    const std::size_t left = element.find("x=\"", text) + 3, top = element.find("y=\"", text) + 3;
    return std::pair(std::stod(element.substr(left)) / chart.width,
                     std::stod(element.substr(top)) / chart.height);
  };
  const auto [right, above] = place({1, 9}, {9, 0});  // the upper right corner is free
  EXPECT_GT(right, 0.6);
  EXPECT_LT(above, 0.5);
  const auto [left, still_above] = place({1, 9}, {0, 9});  // it is taken, the upper left one free
  EXPECT_LT(left, 0.5);
  EXPECT_LT(still_above, 0.5);
  const auto [right_again, below] = place({1, 9}, {9, 9});  // both are taken
  EXPECT_GT(right_again, 0.6);
  EXPECT_GT(below, 0.5);
}

TEST(ChartElementTest, NothingToDrawIsStillAChart) {
  EXPECT_THAT(ChartElement(Bars({0, 0}, {0, kNan})), HasSubstr("height=\"0.0\""));
  EXPECT_THAT(ChartElement({}), StartsWith("<svg"));
}

TEST(ChartElementTest, SeriesMustFitTheirCategories) {
  EXPECT_THROW(ChartElement(Bars({1}, {1, 2})), std::logic_error);
  EXPECT_THROW(ChartElement({.series = {{.x = {1, 2}, .y = {1}}}}), std::logic_error);
  EXPECT_THROW(ChartElement({.grid = {.rows = {"r"}, .columns = {}, .values = {1}}}),
               std::logic_error);
}

}  // namespace
}  // namespace talmach
