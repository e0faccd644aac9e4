#include "drawing/bar_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace talmach {
namespace {

constexpr double kHeight = 240;  // of the area with bars, pixels
constexpr double kLeft = 48, kTop = 12, kBottom = 36, kRight = 12;
constexpr double kBarWidth = 26, kGap = 18;

double Drawable(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

/// The smallest of 1, 2, 5 times a power of ten that needs at most five steps up to `largest`.
double GridStep(double largest) {
  const double power = std::pow(10, std::floor(std::log10(largest / 5)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power * 5 >= largest) return factor * power;
  }
  return 10 * power;
}

double Largest(std::span<const BarSeries> series) {
  double largest = 0;
  for (const BarSeries& one : series) {
    for (const double value : one.values) largest = std::max(largest, Drawable(value));
  }
  return largest > 0 ? largest : 1;
}

void DrawGrid(double largest, double width, std::string* svg) {
  const double step = GridStep(largest);
  for (double value = 0; value <= largest * 1.0001; value += step) {
    const double y = kTop + kHeight * (1 - value / largest);
    *svg += fmt::format("<line class=\"grid\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\"/>",
                        kLeft, y, width - kRight, y);
    *svg +=
        fmt::format("<text class=\"axis\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>",
                    kLeft - 6, y + 4, value);
  }
}

void DrawBar(const BarSeries& series, std::size_t index, std::size_t category,
             const std::string& label, double x, double largest, std::string* svg) {
  const double height = kHeight * Drawable(series.values[category]) / largest;
  *svg += fmt::format(
      "<rect class=\"series{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\">"
      "<title>{} · {}: {:.2f}</title></rect>",
      index % 6, x, kTop + kHeight - height, kBarWidth - 2, height, EscapeHtml(series.name),
      EscapeHtml(label), series.values[category]);
}

}  // namespace

std::string BarChart(std::string_view unit, std::span<const std::string> categories,
                     std::span<const BarSeries> series) {
  const double group = kBarWidth * static_cast<double>(series.size()) + kGap;
  const double width = kLeft + kRight + group * static_cast<double>(categories.size());
  const double largest = Largest(series), total_height = kTop + kHeight + kBottom;
  std::string svg =
      fmt::format("<svg role=\"img\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">", width,
                  total_height);
  DrawGrid(largest, width, &svg);
  for (std::size_t category = 0; category < categories.size(); ++category) {
    const double left = kLeft + group * static_cast<double>(category) + kGap / 2;
    for (std::size_t index = 0; index < series.size(); ++index) {
      Require(series[index].values.size() == categories.size(), "a value for every category");
      DrawBar(series[index], index, category, categories[category],
              left + kBarWidth * static_cast<double>(index), largest, &svg);
    }
    svg += fmt::format(
        "<text class=\"axis\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        left + (group - kGap) / 2, kTop + kHeight + 16, EscapeHtml(categories[category]));
  }
  svg += fmt::format("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text></svg>",
                     width - kRight, total_height - 4, EscapeHtml(unit));
  return svg;
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace talmach
