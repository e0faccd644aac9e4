#include "talmach/picture.h"

#include "drawing/html_viewer.h"
#include "drawing/picture.h"
#include "talmach/map_conversion.h"
#include "talmach/rethrow.h"

namespace talmach::v1 {

static_assert(static_cast<int>(PictureFormat::kPdf) ==
              static_cast<int>(talmach::PictureFormat::kPdf));

std::string RenderPicture(const AttentionMap& map, PictureFormat format,
                          const PictureOptions& options) try {
  return talmach::RenderPicture(front::ToInternal(map), static_cast<talmach::PictureFormat>(format),
                                {.title = options.title,
                                 .cell_values = options.cell_values,
                                 .alignment_dots = options.alignment_dots,
                                 .layer = options.layer,
                                 .max_weight = options.max_weight,
                                 .pixels_per_point = options.pixels_per_point});
} catch (...) {
  front::RethrowPublic();
}

struct HtmlViewer::Viewer : talmach::HtmlViewer {
  using HtmlViewer::HtmlViewer;
};

HtmlViewer::HtmlViewer(const std::string& title) : viewer_(std::make_unique<Viewer>(title)) {}

HtmlViewer::~HtmlViewer() = default;

void HtmlViewer::Add(const AttentionMap& map) try {
  viewer_->Add(front::ToInternal(map));
} catch (...) {
  front::RethrowPublic();
}

std::string HtmlViewer::Page() const { return viewer_->Page(); }

}  // namespace talmach::v1
