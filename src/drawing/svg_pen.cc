// The pen of charts in HTML pages. Tested by tests/drawing/chart_test.cc.
//
// Every mark becomes one element, appended as text. The width of texts is needed before a browser
// has chosen a font, for margins and for labels that must not touch, so it is estimated from the
// number of characters, rather too wide than too narrow.
#include <fmt/format.h>

#include "drawing/chart_pen.h"
#include "drawing/page_template.h"

namespace talmach {
namespace {

constexpr double kPixelsPerPoint = 1.25;

// `what` is "fill" or "stroke". A class chooses the colour, so that a page can be dark.
std::string PaintAttributes(std::string_view what, const ChartPaint& paint) {
  if (paint.css_class.empty()) return fmt::format(" {}=\"{}\"", what, ToHex(paint.colour));
  return fmt::format(" class=\"{}\" {}=\"currentColor\"", paint.css_class, what);
}

std::string_view AnchorName(ChartAnchor anchor) {
  switch (anchor) {
    case ChartAnchor::kStart:
      return "start";
    case ChartAnchor::kMiddle:
      return "middle";
    case ChartAnchor::kEnd:
      break;
  }
  return "end";
}

}  // namespace

double SvgPen::Width(const std::string& text, const TextStyle& style) {
  constexpr double kMeanWidth = 0.56;  // of a character by the height of its line, in usual fonts
  double num_characters = 0;
  for (const char byte : text) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    num_characters += continues ? 0 : 1;
  }
  return kMeanWidth * style.size * num_characters;
}

void SvgPen::Text(const ChartText& text) {
  if (text.text.empty()) return;
  content_ += fmt::format(
      "<text x=\"{0:.1f}\" y=\"{1:.1f}\" dy=\".35em\" font-size=\"{2:g}\" text-anchor=\"{3}\"{4}{5}"
      "{6}>{7}</text>",
      text.at.x, text.at.y, text.style.size, AnchorName(text.anchor),
      text.style.bold ? " font-weight=\"bold\"" : "",
      text.upwards ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", text.at.x, text.at.y)
                   : "",
      PaintAttributes("fill", text.paint), EscapeHtml(text.text));
}

void SvgPen::Box(const ChartBox& box, const ChartPaint& paint, const std::string& tooltip) {
  content_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill-opacity=\"{:g}\"{}>",
      box.left, box.top, box.width, box.height, paint.opacity, PaintAttributes("fill", paint));
  if (!tooltip.empty()) content_ += "<title>" + EscapeHtml(tooltip) + "</title>";
  content_ += "</rect>";
}

void SvgPen::Line(std::span<const ChartPoint> points, const ChartPaint& paint, double width) {
  content_ += "<polyline points=\"";
  for (const ChartPoint& point : points) {
    content_ += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
  }
  content_ += fmt::format("\" fill=\"none\" stroke-width=\"{:g}\"{}/>", width,
                          PaintAttributes("stroke", paint));
}

void SvgPen::Dot(const ChartPoint& centre, double radius, const ChartPaint& paint) {
  content_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\"{}/>", centre.x, centre.y,
                          radius, PaintAttributes("fill", paint));
}

std::string SvgPen::Element(double width, double height) const {
  return fmt::format(
      "<svg role=\"img\" width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"0 0 {:.1f} {:.1f}\">{}</svg>",
      kPixelsPerPoint * width, kPixelsPerPoint * height, width, height, content_);
}

}  // namespace talmach
