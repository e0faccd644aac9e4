// Paints an attention picture onto any Cairo surface.
#pragma once

#include <cairo.h>

#include "heatmap/attention_map.h"
#include "heatmap/picture.h"
#include "heatmap/picture_geometry.h"
#include "heatmap/text_renderer.h"

namespace talmach {

/// Draws everything at the places `geometry` gives; of an empty sentence only the title.
void PaintPicture(cairo_t* cairo, const AttentionMap& map, const PictureOptions& options,
                  const PictureGeometry& geometry, TextRenderer& text);

}  // namespace talmach
