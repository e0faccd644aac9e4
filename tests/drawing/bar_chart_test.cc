#include "drawing/bar_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

TEST(BarChartTest, DrawsABarForEveryValue) {
  const Strings categories = {"1-5", "6+"};
  const std::vector<BarSeries> series = {{"a", {10, 20}}, {"b<", {0, 40}}};
  const std::string svg = BarChart("BLEU", categories, series);
  std::size_t num_bars = 0;
  for (std::size_t at = 0; (at = svg.find("<rect", at)) != std::string::npos; ++at) ++num_bars;
  EXPECT_EQ(num_bars, 4u);
  EXPECT_THAT(svg, HasSubstr("height=\"240.0\"><title>b&lt; · 6+: 40.00</title>"));
  EXPECT_THAT(svg, HasSubstr("height=\"120.0\"><title>a · 6+: 20.00</title>"));
}

TEST(BarChartTest, NothingToDrawIsStillAChart) {
  const Strings categories = {"a"};
  const std::vector<BarSeries> series = {{"x", {0}}};
  EXPECT_THAT(BarChart("u", categories, series), HasSubstr("height=\"0.0\""));
  EXPECT_THROW(BarChart("u", categories, std::vector<BarSeries>{{"x", {}}}), std::logic_error);
}

}  // namespace
}  // namespace talmach
