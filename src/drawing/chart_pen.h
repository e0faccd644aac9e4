// What charts are drawn with. A chart is laid out once, in points from the upper left corner, and
// drawn by the pen of a Cairo surface or by the pen of an <svg> element.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "drawing/canvas.h"
#include "drawing/colour_scale.h"
#include "drawing/text_renderer.h"

namespace talmach {

/// A colour and, for pages whose style may choose another one, its class.
struct ChartPaint {
  Colour colour = {};
  std::string_view css_class = {};
  double opacity = 1;
};

inline constexpr ChartPaint kTextPaint = {kInk, "axis"};
inline constexpr ChartPaint kFramePaint = {kFrame, "frame"};
inline constexpr ChartPaint kGridPaint = {{0.90, 0.91, 0.92}, "grid"};

/// The paint of series number `index`, one of six that colour-blind readers can tell apart (Okabe
/// and Ito).
const ChartPaint& SeriesPaint(std::size_t index);

struct ChartPoint {
  double x = 0;
  double y = 0;
};

struct ChartBox {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

enum class ChartAnchor { kStart, kMiddle, kEnd };  // which part of a text is at its place

struct ChartText {
  std::string text;
  ChartPoint at = {};  // the middle of the line's height
  ChartAnchor anchor = ChartAnchor::kStart;
  TextStyle style = {.size = 10};
  ChartPaint paint = kTextPaint;
  bool upwards = false;  // turned to be read from below
};

class ChartPen {
 public:
  virtual ~ChartPen() = default;
  virtual double Width(const std::string& text, const TextStyle& style) = 0;
  virtual void Text(const ChartText& text) = 0;
  /// A filled box. `tooltip` is shown where a reader can point at it.
  virtual void Box(const ChartBox& box, const ChartPaint& paint,
                   const std::string& tooltip = {}) = 0;
  virtual void Line(std::span<const ChartPoint> points, const ChartPaint& paint, double width) = 0;
  virtual void Dot(const ChartPoint& centre, double radius, const ChartPaint& paint) = 0;
};

class CairoPen : public ChartPen {
 public:
  /// `cairo` may be null while texts are only measured.
  CairoPen(cairo_t* cairo, TextRenderer& text) : cairo_(cairo), text_(text) {}
  double Width(const std::string& text, const TextStyle& style) override;
  void Text(const ChartText& text) override;
  void Box(const ChartBox& box, const ChartPaint& paint, const std::string& tooltip) override;
  void Line(std::span<const ChartPoint> points, const ChartPaint& paint, double width) override;
  void Dot(const ChartPoint& centre, double radius, const ChartPaint& paint) override;

 private:
  void Choose(const ChartPaint& paint);

  cairo_t* cairo_;
  TextRenderer& text_;
};

/// The browser chooses the font, so that widths are estimates here.
class SvgPen : public ChartPen {
 public:
  double Width(const std::string& text, const TextStyle& style) override;
  void Text(const ChartText& text) override;
  void Box(const ChartBox& box, const ChartPaint& paint, const std::string& tooltip) override;
  void Line(std::span<const ChartPoint> points, const ChartPaint& paint, double width) override;
  void Dot(const ChartPoint& centre, double radius, const ChartPaint& paint) override;

  /// The element with all that was drawn.
  std::string Element(double width, double height) const;

 private:
  std::string content_;
};

}  // namespace talmach
