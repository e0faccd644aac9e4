// The pen of charts in files. Tested by tests/drawing/chart_test.cc.
#include <numbers>

#include "drawing/chart_pen.h"

namespace talmach {

double CairoPen::Width(const std::string& text, const TextStyle& style) {
  return text_.Measure(text, style).width;
}

void CairoPen::Choose(const ChartPaint& paint) {
  const Colour& colour = paint.colour;
  cairo_set_source_rgba(cairo_, colour.red, colour.green, colour.blue, paint.opacity);
}

void CairoPen::Text(const ChartText& text) {
  if (text.text.empty()) return;
  const double share = text.anchor == ChartAnchor::kStart    ? 0
                       : text.anchor == ChartAnchor::kMiddle ? 0.5
                                                             : 1;
  Choose(text.paint);
  cairo_save(cairo_);
  cairo_translate(cairo_, text.at.x, text.at.y);
  if (text.upwards) cairo_rotate(cairo_, -std::numbers::pi / 2);
  text_.Draw(cairo_, text.text, text.style, -share * Width(text.text, text.style), 0);
  cairo_restore(cairo_);
}

void CairoPen::Box(const ChartBox& box, const ChartPaint& paint, const std::string& /*tooltip*/) {
  Choose(paint);
  cairo_rectangle(cairo_, box.left, box.top, box.width, box.height);
  cairo_fill(cairo_);
}

void CairoPen::Line(std::span<const ChartPoint> points, const ChartPaint& paint, double width) {
  Choose(paint);
  cairo_set_line_width(cairo_, width);
  cairo_new_path(cairo_);
  for (const ChartPoint& point : points) cairo_line_to(cairo_, point.x, point.y);
  cairo_stroke(cairo_);
}

void CairoPen::Dot(const ChartPoint& centre, double radius, const ChartPaint& paint) {
  Choose(paint);
  cairo_new_path(cairo_);
  cairo_arc(cairo_, centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_);
}

}  // namespace talmach
