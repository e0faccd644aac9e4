// The pixels of a PNG, for tests of what was drawn.
#pragma once

#include <cairo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "drawing/colour_scale.h"

namespace talmach {

struct Bitmap {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> pixels;

  // Pixels of the colour, give or take Cairo's rounding.
  int Count(const Colour& colour) const {
    return static_cast<int>(std::ranges::count_if(pixels, [&](std::uint32_t pixel) {
      return Near(pixel >> 16, colour.red) && Near(pixel >> 8, colour.green) &&
             Near(pixel, colour.blue);
    }));
  }
  static bool Near(std::uint32_t channel, double value) {
    return std::abs(static_cast<double>(channel & 0xFF) - value * 255) <= 1;
  }
};

// Decodes a PNG with Cairo.
inline Bitmap Decode(const std::string& png) {
  std::string_view rest = png;
  const auto read = [](void* source, unsigned char* data, unsigned int length) {
    auto& bytes = *static_cast<std::string_view*>(source);
    if (bytes.size() < length) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(data, bytes.data(), length);
    bytes.remove_prefix(length);
    return CAIRO_STATUS_SUCCESS;
  };
  cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(read, &rest);
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  Bitmap bitmap{.width = cairo_image_surface_get_width(surface),
                .height = cairo_image_surface_get_height(surface),
                .pixels = {}};
  for (int y = 0; y < bitmap.height; ++y) {
    const auto* row = cairo_image_surface_get_data(surface) +
                      static_cast<std::ptrdiff_t>(y) * cairo_image_surface_get_stride(surface);
    for (int x = 0; x < bitmap.width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, row + 4 * x, 4);
      bitmap.pixels.push_back(pixel & 0xFFFFFF);
    }
  }
  cairo_surface_destroy(surface);
  return bitmap;
}

}  // namespace talmach
