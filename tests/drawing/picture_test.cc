#include "drawing/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "drawing/bitmap.h"
#include "drawing/colour_scale.h"
#include "drawing/label_text.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::array kFormats = {PictureFormat::kSvg, PictureFormat::kPng, PictureFormat::kPdf};

// A map of the given size that looks at its diagonal.
AttentionMap DiagonalMap(Index target_length, Index source_length) {
  AttentionMap map{.line = 3, .score = -1.5};
  map.source.assign(source_length, "▁Wort");
  map.target.assign(target_length, "▁word");
  map.weights.assign(target_length * source_length, 0.0f);
  for (Index t = 0; t < target_length && source_length > 0; ++t) {
    map.weights[t * source_length + t % source_length] = 1;
  }
  return map;
}

TEST(CountMissingCharactersTest, CountsWhatNoFontHas) {
  AttentionMap map = DiagonalMap(1, 2);
  EXPECT_EQ(CountMissingCharacters(map), 0);
  map.source[1] = "▁a\u0378b\u0379";  // not assigned
  map.target[0] = "\u0378";
  EXPECT_EQ(CountMissingCharacters(map), 3);
}

TEST(PictureTest, EveryFormatIsWhatItSays) {
  const AttentionMap map = DiagonalMap(3, 4);
  EXPECT_THAT(RenderPicture(map, PictureFormat::kSvg), StartsWith("<?xml"));
  EXPECT_THAT(RenderPicture(map, PictureFormat::kSvg), HasSubstr("</svg>"));
  EXPECT_THAT(RenderPicture(map, PictureFormat::kPng), StartsWith("\x89PNG"));
  EXPECT_THAT(RenderPicture(map, PictureFormat::kPdf), StartsWith("%PDF-1."));
  EXPECT_EQ(ToString(PictureFormat::kPdf), "pdf");
}

TEST(PictureTest, TheSameMapGivesTheSameBytes) {
  const PictureOptions options{.cell_values = true, .alignment_dots = true};
  for (const PictureFormat format : kFormats) {
    const std::string first = RenderPicture(DiagonalMap(5, 4), format, options);
    RenderPicture(DiagonalMap(2, 9), format);
    EXPECT_EQ(RenderPicture(DiagonalMap(5, 4), format, options), first) << ToString(format);
  }
}

TEST(PictureTest, CellsHaveTheColourOfTheirWeight) {
  // Cells of 28 points, two pixels each; the lines around them take one pixel on each side.
  constexpr double kCellPixels = 54 * 54;
  AttentionMap map = DiagonalMap(3, 3);
  map.weights[1] = 0.5f;
  const Bitmap bitmap = Decode(RenderPicture(map, PictureFormat::kPng, {.pixels_per_point = 2}));
  EXPECT_NEAR(bitmap.Count(SequentialScale().At(1)), 3 * kCellPixels, 0.1 * kCellPixels);
  EXPECT_NEAR(bitmap.Count(SequentialScale().At(0.5)), kCellPixels, 0.1 * kCellPixels);
  EXPECT_NEAR(bitmap.Count(SequentialScale().At(0)), 5 * kCellPixels, 0.3 * kCellPixels);
}

TEST(PictureTest, LayersHaveAScaleOfTheirOwn) {
  constexpr double kCellPixels = 54 * 54;
  AttentionMap map = DiagonalMap(2, 3);
  map.layers = {{.name = "norm", .values = {0, 4, 0, 0, 2, 0}},
                {.name = "loss", .values = {0, 4, 0, 0, -2, 0}}};
  PictureOptions options = {.layer = "norm", .pixels_per_point = 2};
  const Bitmap norm = Decode(RenderPicture(map, PictureFormat::kPng, options));
  EXPECT_NEAR(norm.Count(SequentialScale().At(1)), kCellPixels, 0.1 * kCellPixels);
  EXPECT_NEAR(norm.Count(SequentialScale().At(0.5)), kCellPixels, 0.1 * kCellPixels);
  options.layer = "loss";
  const Bitmap loss = Decode(RenderPicture(map, PictureFormat::kPng, options));
  EXPECT_NEAR(loss.Count(DivergingScale().At(1)), kCellPixels, 0.1 * kCellPixels);
  EXPECT_NEAR(loss.Count(DivergingScale().At(0.25)), kCellPixels, 0.1 * kCellPixels);
  options.layer = "saliency";
  try {
    RenderPicture(map, PictureFormat::kPng, options);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no layer saliency; expected one of norm, loss"));
  }
}

TEST(PictureTest, TheLargestWeightSetsTheScale) {
  AttentionMap map = DiagonalMap(2, 2);
  for (float& weight : map.weights) weight *= 0.25f;
  const Colour& darkest = SequentialScale().At(1);
  EXPECT_LT(Decode(RenderPicture(map, PictureFormat::kPng)).Count(darkest), 500);
  EXPECT_GT(Decode(RenderPicture(map, PictureFormat::kPng, {.max_weight = 0.25})).Count(darkest),
            10000);
}

TEST(PictureTest, ValuesAndDotsAreDrawnInContrast) {
  const AttentionMap map = DiagonalMap(4, 4);
  const Colour white{1, 1, 1};
  const PictureOptions plain{};
  const Bitmap without = Decode(RenderPicture(map, PictureFormat::kPng, plain));
  const Bitmap dots = Decode(RenderPicture(map, PictureFormat::kPng, {.alignment_dots = true}));
  const Bitmap values = Decode(RenderPicture(map, PictureFormat::kPng, {.cell_values = true}));
  EXPECT_EQ(dots.width, without.width);
  EXPECT_GT(dots.Count(white), without.Count(white) + 4 * 300);
  EXPECT_GT(values.Count(white), without.Count(white) + 100);
}

TEST(PictureTest, ValuesThatWouldReadZeroAreNotWritten) {
  AttentionMap map = DiagonalMap(2, 2);
  map.weights = {0.0049f, 0.0f, 0.0f, 0.0049f};
  const std::string plain = RenderPicture(map, PictureFormat::kSvg);
  EXPECT_EQ(RenderPicture(map, PictureFormat::kSvg, {.cell_values = true}), plain);
  map.weights = {0.0051f, 0.0f, 0.0f, 0.0051f};
  EXPECT_NE(RenderPicture(map, PictureFormat::kSvg, {.cell_values = true}),
            RenderPicture(map, PictureFormat::kSvg));
}

TEST(PictureTest, DrawsSentencesOfEveryLength) {
  for (const auto& [target_length, source_length] :
       {std::pair{0, 0}, {0, 3}, {3, 0}, {1, 1}, {2, 80}, {80, 2}, {81, 79}}) {
    const AttentionMap map = DiagonalMap(target_length, source_length);
    const Bitmap bitmap = Decode(RenderPicture(map, PictureFormat::kPng, {.pixels_per_point = 1}));
    EXPECT_GT(bitmap.width, 11 * source_length);
    EXPECT_GT(bitmap.height, 11 * target_length);
  }
}

TEST(PictureTest, RefusesSentencesTooLongToDraw) {
  EXPECT_THROW(RenderPicture(DiagonalMap(1, kMaxPictureUnits + 1), PictureFormat::kSvg), DataError);
  AttentionMap map = DiagonalMap(2, 2);
  map.weights.pop_back();
  EXPECT_THROW(RenderPicture(map, PictureFormat::kSvg), std::logic_error);
}

TEST(PictureTest, SurvivesHostileLabels) {
  AttentionMap map = DiagonalMap(6, 6);
  map.source = {"",         std::string(1, '\0'),    "\u202Eabc", "</svg><script>",
                "\xFF\xFE", std::string(100000, 'x')};
  map.target = {"\u0301", "▁\u0301", "\n\r\t", "\u2028", "&amp;\uFFFF", "العربية"};
  for (const PictureFormat format : kFormats) {
    const std::string bytes = RenderPicture(map, format, {.title = std::string("a\0b\n\uFFFF", 7)});
    EXPECT_THAT(bytes, ::testing::Not(HasSubstr("<script>")));
  }
}

TEST(PictureTest, TheTitleShowsSentenceAndScore) {
  EXPECT_EQ(PictureTitle(DiagonalMap(1, 1)), "Sentence 4   score −1.500");
  AttentionMap map = DiagonalMap(1, 1);
  map.score = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(PictureTitle(map), "Sentence 4");
  map.score = -std::numeric_limits<double>::max();
  EXPECT_THAT(PictureTitle(map), StartsWith("Sentence 4   score −17976"));
}

TEST(LabelTextTest, ShowsWhatWouldBeInvisibleOrDisruptive) {
  EXPECT_EQ(LabelText("▁Haus"), "▁Haus");
  EXPECT_EQ(LabelText(""), "␣");
  EXPECT_EQ(LabelText("\u00A0\u200D"), "␣");
  EXPECT_EQ(LabelText("a\nb\u202E\u2029"), "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(LabelText(std::string(1000, 'x')), std::string(100, 'x') + "…");
  EXPECT_EQ(LabelText("\xC3"), "\uFFFD");
  EXPECT_EQ(LabelText("\uFFFFa\uFFFE\uFDD0\U0010FFFF"), "\uFFFDa\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(LabelText("\u0301x"), "\u25CC\u0301x");
  EXPECT_EQ(LabelText("▁\u093E"), "▁\u25CC\u093E");
  EXPECT_EQ(LabelText("e\u0301"), "e\u0301");
}

}  // namespace
}  // namespace talmach
