// Text on a Cairo surface through Pango, which finds fonts and shapes every script. Sizes are in
// points of the surface's user space. Hinting is off, so that a text is as wide in a bitmap as in a
// vector drawing.
#pragma once

#include <cairo.h>

#include <memory>
#include <string>

#include "base/types.h"

namespace talmach {

/// The look of a piece of text.
struct TextStyle {
  double size = 10;  // points
  bool bold = false;
  double max_width = 0;  // longer text is cut with "…"; 0 does not cut
};

/// How much room a text takes, in points.
struct TextExtents {
  double width = 0;
  double height = 0;  // of the line, not of the letters
};

/// Measures and draws single lines. Not thread-safe; make one per thread.
class TextRenderer {
 public:
  TextRenderer();
  ~TextRenderer();
  TextRenderer(const TextRenderer&) = delete;
  TextRenderer& operator=(const TextRenderer&) = delete;

  TextExtents Measure(const std::string& text, const TextStyle& style);

  /// Characters of `text` that no installed font has; they are drawn as boxes with their number.
  Index CountMissing(const std::string& text);

  /// Draws `text` with its left end at (x, y), its line centred on y, in the current colour; word
  /// marks stay grey.
  void Draw(cairo_t* cairo, const std::string& text, const TextStyle& style, double x, double y);

 private:
  struct Pango;
  std::unique_ptr<Pango> pango_;
};

}  // namespace talmach
