#include "talmach/picture.h"

#include <gtest/gtest.h>

namespace {

const talmach::AttentionMap kMap = {.source = {"▁ho", "me", "</s>"},
                                    .target = {"▁Heim"},
                                    .weights = {0.5f, 0.25f, 0.25f},
                                    .layers = {{"gradient", {1, 2, 3}}}};

TEST(PictureTest, EveryFormatHasItsBeginning) {
  using talmach::PictureFormat;
  EXPECT_TRUE(talmach::RenderPicture(kMap, PictureFormat::kSvg).starts_with("<"));
  EXPECT_TRUE(talmach::RenderPicture(kMap, PictureFormat::kPng).starts_with("\x89PNG"));
  EXPECT_TRUE(talmach::RenderPicture(kMap, PictureFormat::kPdf).starts_with("%PDF"));
}

TEST(PictureTest, OptionsChangeThePicture) {
  const auto render = [](const talmach::PictureOptions& options) {
    return talmach::RenderPicture(kMap, talmach::PictureFormat::kSvg, options);
  };
  const std::string plain = render({});
  EXPECT_NE(render({.title = "Home"}), plain);
  EXPECT_NE(render({.cell_values = true}), plain);
  EXPECT_NE(render({.layer = "gradient"}), plain);
  EXPECT_THROW(render({.layer = "none"}), talmach::DataError);
}

TEST(HtmlViewerTest, ThePageHoldsWhatWasAdded) {
  talmach::HtmlViewer viewer("My <translations>");
  const std::string before = viewer.Page();
  viewer.Add(kMap);
  EXPECT_TRUE(before.starts_with("<!"));
  EXPECT_NE(viewer.Page(), before);
  EXPECT_NE(viewer.Page().find("Heim"), std::string::npos);
  EXPECT_EQ(viewer.Page().find("<translations>"), std::string::npos);
}

}  // namespace
