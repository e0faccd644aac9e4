// Paints an attention picture onto any Cairo surface.
#pragma once

#include <cairo.h>

#include "attention/attention_map.h"
#include "drawing/picture.h"
#include "drawing/picture_geometry.h"
#include "drawing/text_renderer.h"

namespace talmach {

/// Draws everything at the places `geometry` gives; of an empty sentence only the title.
void PaintPicture(cairo_t* cairo, const AttentionMap& map, const PictureOptions& options,
                  const PictureGeometry& geometry, TextRenderer& text);

}  // namespace talmach
