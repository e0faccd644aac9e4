#include "heatmap/picture.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "heatmap/label_text.h"
#include "heatmap/picture_geometry.h"
#include "heatmap/picture_painter.h"

namespace talmach {
namespace {

struct SurfaceDestroyer {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDestroyer {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDestroyer>;
using Context = std::unique_ptr<cairo_t, ContextDestroyer>;

cairo_status_t Append(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void CheckStatus(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Error({.where = "picture", .what = cairo_status_to_string(status)});
}

Surface MakeSurface(PictureFormat format, const PictureGeometry& geometry, double pixels_per_point,
                    std::string* bytes) {
  switch (format) {
    case PictureFormat::kSvg:
      return Surface(
          cairo_svg_surface_create_for_stream(Append, bytes, geometry.width, geometry.height));
    case PictureFormat::kPdf: {
      Surface surface(
          cairo_pdf_surface_create_for_stream(Append, bytes, geometry.width, geometry.height));
      // Cairo would write the time of the day and so make each run's file differ.
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                     "1970-01-01T00:00:00Z");
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE,
                                     geometry.title.c_str());
      return surface;
    }
    case PictureFormat::kPng:
      break;
  }
  Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(geometry.width * pixels_per_point)),
      static_cast<int>(std::ceil(geometry.height * pixels_per_point))));
  cairo_surface_set_device_scale(surface.get(), pixels_per_point, pixels_per_point);
  return surface;
}

// Cairo numbers the root group by a counter of the whole process, so that the same picture drawn
// twice would differ.
void FixGroupName(std::string* svg) {
  constexpr std::string_view kStart = "<g id=\"surface";
  const auto start = svg->find(kStart);
  if (start == std::string::npos) return;
  const auto number = start + kStart.size();
  svg->erase(number, svg->find('"', number) - number);
}

TextRenderer& Renderer() {
  thread_local TextRenderer renderer;  // finding fonts takes longer than drawing
  return renderer;
}

void CheckSize(const AttentionMap& map) {
  CheckShape(map);
  const Index longest = std::max(map.source_length(), map.target_length());
  if (longest <= kMaxPictureUnits) return;
  throw DataError({.where = "sentence " + std::to_string(map.line + 1),
                   .what = "too long for a picture",
                   .expected = "at most " + std::to_string(kMaxPictureUnits) + " units on a side",
                   .got = std::to_string(longest)});
}

}  // namespace

std::string ToString(PictureFormat format) {
  switch (format) {
    case PictureFormat::kSvg:
      return "svg";
    case PictureFormat::kPng:
      return "png";
    case PictureFormat::kPdf:
      break;
  }
  return "pdf";
}

Index CountMissingCharacters(const AttentionMap& map) {
  Index count = 0;
  for (const auto* units : {&map.source, &map.target}) {
    for (const std::string& unit : *units) count += Renderer().CountMissing(LabelText(unit));
  }
  return count;
}

std::string PictureTitle(const AttentionMap& map) {
  std::string title = "Sentence " + std::to_string(map.line + 1);
  if (!std::isfinite(map.score)) return title;
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(map.score),
                                 std::chars_format::fixed, 3)
                       .ptr;
  title += map.score < 0 ? "   score −" : "   score ";
  title.append(digits.data(), end);
  return title;
}

std::string RenderPicture(const AttentionMap& map, PictureFormat format,
                          const PictureOptions& options) {
  CheckSize(map);
  Require(options.max_weight > 0 && options.pixels_per_point > 0, "scales must be positive");
  TextRenderer& text = Renderer();
  const PictureGeometry geometry = LayOutPicture(map, options, text);
  std::string bytes;
  const Surface surface = MakeSurface(format, geometry, options.pixels_per_point, &bytes);
  {
    const Context cairo(cairo_create(surface.get()));
    PaintPicture(cairo.get(), map, options, geometry, text);
    CheckStatus(cairo_status(cairo.get()));
  }
  if (format == PictureFormat::kPng) {
    CheckStatus(cairo_surface_write_to_png_stream(surface.get(), Append, &bytes));
  }
  cairo_surface_finish(surface.get());
  CheckStatus(cairo_surface_status(surface.get()));
  if (format == PictureFormat::kSvg) FixGroupName(&bytes);
  return bytes;
}

}  // namespace talmach
