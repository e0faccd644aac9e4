// Tested by tests/drawing/picture_test.cc.
#include "drawing/canvas.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>

#include <cmath>
#include <memory>
#include <string_view>

#include "base/error.h"

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

Surface MakeSurface(PictureFormat format, const CanvasSize& size, const std::string& title,
                    std::string* bytes) {
  switch (format) {
    case PictureFormat::kSvg:
      return Surface(cairo_svg_surface_create_for_stream(Append, bytes, size.width, size.height));
    case PictureFormat::kPdf: {
      Surface surface(cairo_pdf_surface_create_for_stream(Append, bytes, size.width, size.height));
      // Cairo would write the time of day, so that each run's file would differ.
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                     "1970-01-01T00:00:00Z");
      cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
      return surface;
    }
    case PictureFormat::kPng:
      break;
  }
  Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(size.width * size.pixels_per_point)),
      static_cast<int>(std::ceil(size.height * size.pixels_per_point))));
  cairo_surface_set_device_scale(surface.get(), size.pixels_per_point, size.pixels_per_point);
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

Colour Contrasting(const Colour& background) {
  return ToOkLab(background).lightness > 0.62 ? kInk : kPaper;
}

void SetColour(cairo_t* cairo, const Colour& colour) {
  cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

std::string RenderCanvas(PictureFormat format, const CanvasSize& size, const std::string& title,
                         const std::function<void(cairo_t*)>& paint) {
  std::string bytes;
  const Surface surface = MakeSurface(format, size, title, &bytes);
  {
    const Context cairo(cairo_create(surface.get()));
    paint(cairo.get());
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
