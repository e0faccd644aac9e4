// Attention maps as pictures and as a page to look through. In the library libtalmach-pictures
// (`talmach::pictures` in CMake), for which a program needs Pango and Cairo.
//
//   #include <talmach/picture.h>
//   #include <talmach/translator.h>
//
//   const talmach::Translator translator({"runs/phrasebook/model"});
//   const std::vector<std::string> lines = {"She called her mother."};
//   const talmach::AttentionMap map = translator.Translate(lines)[0].best().attention;
//   std::ofstream("attention.svg") << talmach::RenderPicture(map, talmach::PictureFormat::kSvg);
//   talmach::HtmlViewer viewer("My translations");
//   viewer.Add(map);
//   std::ofstream("attention.html") << viewer.Page();
//
// The source stands on top, the target on the left, a cell for each weight. Pango finds fonts for
// every script; the same map gives the same bytes wherever the same fonts are installed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "talmach/attention_map.h"
#include "talmach/error.h"
#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

enum class PictureFormat { kSvg, kPng, kPdf };

struct PictureOptions {
  std::string title = {};       // above the picture; empty: sentence and score
  bool cell_values = false;     // writes the weights into the cells
  bool alignment_dots = false;  // marks the most attended source unit of each target unit
  std::string layer = {};       // the layer to draw instead of the attention weights
  double max_weight = 1;        // the weight of the darkest colour
  double pixels_per_point = 3;  // of a PNG; 3 is 216 dpi
};

/// The bytes of the picture. Throws DataError if a side has more than 500 units or the map has no
/// layer of the wanted name. May be called by several threads at once.
std::string RenderPicture(const AttentionMap& map, PictureFormat format,
                          const PictureOptions& options = {});

/// One self-contained HTML page for many maps: search and sort the sentences, see each as linked
/// words and as a matrix. It asks for nothing from any network. One thread at a time.
class HtmlViewer {
 public:
  explicit HtmlViewer(const std::string& title);
  ~HtmlViewer();
  HtmlViewer(const HtmlViewer&) = delete;
  HtmlViewer& operator=(const HtmlViewer&) = delete;

  /// Maps with the same `line` become candidates of one sentence, in the order they were added.
  void Add(const AttentionMap& map);

  /// The page with everything added so far.
  std::string Page() const;

 private:
  struct Viewer;
  std::unique_ptr<Viewer> viewer_;
};

}  // namespace TALMACH_NAMESPACE
