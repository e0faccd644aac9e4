// Bar charts as SVG to be put into an HTML page. Colours and fonts come from the page's style:
// classes series0, series1, …, axis, grid.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talmach {

/// Bars of one colour, one for each category.
struct BarSeries {
  std::string name;
  std::vector<double> values;
};

/// An <svg> element: groups of bars over `categories`, from 0 to the largest value, with a tooltip
/// on each bar. `unit` labels the value axis. Negative values and NaN are drawn as 0.
std::string BarChart(std::string_view unit, std::span<const std::string> categories,
                     std::span<const BarSeries> series);

/// Text made safe for HTML and SVG, in content and attributes.
std::string EscapeHtml(std::string_view text);

}  // namespace talmach
