// A picture takes three steps, which know little of each other: the map is checked and, where a
// layer was asked for, replaced by that layer; LayOutPicture decides where everything stands
// (picture_geometry.cc); PaintPicture draws it onto whatever canvas the format needs
// (picture_painter.cc, canvas.cc). SVG, PNG and PDF are thus the same picture.
//
// Weights are shares, so their darkest colour is 1 unless the user says otherwise. Layers are in
// nats or have no unit at all, so their darkest colour is their largest magnitude.
#include "drawing/picture.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "drawing/canvas.h"
#include "drawing/label_text.h"
#include "drawing/picture_geometry.h"
#include "drawing/picture_numbers.h"
#include "drawing/picture_painter.h"

namespace talmach {
namespace {

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

// What is drawn instead of `map` when a layer is wanted: the layer as the weights.
AttentionMap WithLayerAsWeights(const AttentionMap& map, const std::string& name) {
  const auto layer = std::ranges::find(map.layers, name, &AttentionLayer::name);
  if (layer != map.layers.end()) {
    AttentionMap shown = map;
    shown.weights = layer->values;
    shown.layers.clear();
    return shown;
  }
  std::string names;
  for (const AttentionLayer& other : map.layers) names += (names.empty() ? "" : ", ") + other.name;
  throw DataError({.where = "sentence " + std::to_string(map.line + 1),
                   .what = "has no layer " + name,
                   .expected = names.empty() ? "" : "one of " + names,
                   .hint = names.empty() ? "`talmach score --saliency` writes layers" : ""});
}

// Options that draw such weights: scale and default title are those of the layer.
PictureOptions LayerOptions(const AttentionMap& shown, const PictureOptions& options) {
  PictureOptions result = options;
  result.layer.clear();
  result.max_weight = 0;
  for (const float value : shown.weights) {
    result.max_weight = std::max<double>(result.max_weight, std::abs(value));
  }
  if (result.max_weight == 0) result.max_weight = 1;
  if (result.title.empty()) result.title = PictureTitle(shown) + "   " + options.layer;
  return result;
}

}  // namespace

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
  return title + "   score " + FixedText(map.score, 3);
}

std::string RenderPicture(const AttentionMap& map, PictureFormat format,
                          const PictureOptions& options) {
  CheckSize(map);
  if (!options.layer.empty()) {
    const AttentionMap shown = WithLayerAsWeights(map, options.layer);
    return RenderPicture(shown, format, LayerOptions(shown, options));
  }
  Require(options.max_weight > 0 && options.pixels_per_point > 0, "scales must be positive");
  TextRenderer& text = Renderer();
  const PictureGeometry geometry = LayOutPicture(map, options, text);
  const CanvasSize size = {geometry.width, geometry.height, options.pixels_per_point};
  return RenderCanvas(format, size, geometry.title,
                      [&](cairo_t* cairo) { PaintPicture(cairo, map, options, geometry, text); });
}

}  // namespace talmach
