#include "drawing/bar_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "drawing/bitmap.h"

namespace talmach {
namespace {

using ::testing::StartsWith;

std::vector<BarPanel> Panels() {
  return {{.title = "First", .bars = {{"a", 40}, {"longer label", 10}, {"none", std::nan("")}}},
          {.title = "Second", .bars = {{"b", -0.5}, {"c", 0.25}}}};
}

// Pixels of the bars of one panel.
int BarPixels(const std::vector<Bar>& bars) {
  const std::vector<BarPanel> panels = {{.title = "Panel", .bars = bars}};
  return Decode(RenderBars("Title", panels, PictureFormat::kPng, /*pixels_per_point=*/2))
      .Count(SequentialScale().At(0.55));
}

TEST(BarPictureTest, BarsAreAsLongAsTheirValues) {
  const int whole = BarPixels({{"a", 40}});
  EXPECT_GT(whole, 2 * 300 * 20);  // 300 points wide and some points high
  EXPECT_NEAR(BarPixels({{"a", 40}, {"b", 10}}), 1.25 * whole, 0.02 * whole);
  EXPECT_NEAR(BarPixels({{"a", 40}, {"b", 0}, {"c", std::nan("")}}), whole, 0.02 * whole);
  // Bars on both sides of zero share the width, less the room for a number.
  EXPECT_GT(BarPixels({{"a", -1}, {"b", 1}}), 0.75 * whole);
  EXPECT_LT(BarPixels({{"a", -1}, {"b", 1}}), whole);
}

TEST(BarPictureTest, EveryFormatIsWhatItSaysAndAlwaysTheSame) {
  for (const auto& [format, start] :
       {std::pair(PictureFormat::kSvg, "<?xml"), std::pair(PictureFormat::kPng, "\x89PNG"),
        std::pair(PictureFormat::kPdf, "%PDF-1.")}) {
    const std::string bytes = RenderBars("Title", Panels(), format);
    EXPECT_THAT(bytes, StartsWith(start));
    EXPECT_EQ(RenderBars("Title", Panels(), format), bytes);
  }
}

}  // namespace
}  // namespace talmach
