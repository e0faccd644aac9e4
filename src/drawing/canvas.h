// A drawing as the bytes of a file: the same calls to Cairo give SVG, PNG and PDF. The same
// drawing gives the same bytes wherever the same fonts are installed.
#pragma once

#include <cairo.h>

#include <functional>
#include <string>

#include "drawing/colour_scale.h"
#include "drawing/picture_format.h"

namespace talmach {

/// The colours of everything that is not a number: text, frames, the page.
inline constexpr Colour kInk = {0.10, 0.11, 0.13};
inline constexpr Colour kFrame = {0.45, 0.47, 0.50};
inline constexpr Colour kPaper = {1, 1, 1};

/// Ink or paper, whichever is legible on `background`.
Colour Contrasting(const Colour& background);

/// Sets the colour of everything drawn from now on.
void SetColour(cairo_t* cairo, const Colour& colour);

/// The page of a drawing.
struct CanvasSize {
  double width = 0;  // points
  double height = 0;
  double pixels_per_point = 3;  // of a PNG; 3 is 216 dpi
};

/// The file that holds what `paint` draws, in points from the upper left corner. `title` is the
/// document's in a PDF. Throws Error if Cairo fails, as it does on pages it cannot hold.
std::string RenderCanvas(PictureFormat format, const CanvasSize& size, const std::string& title,
                         const std::function<void(cairo_t*)>& paint);

}  // namespace talmach
