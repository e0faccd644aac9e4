// Size decides the format. A thousand sentences of 60 × 60 weights are 3.6 million numbers; as JSON
// text they would be about 30 MB. Stored as bytes in base64 they are 5. Taking square roots before
// rounding keeps small weights apart; layers with negative numbers spend one bit on the sign. The
// page's data is JSON inside a script element that is not executed, with every "<" escaped, so no
// text can end the element.
#include "drawing/html_viewer.h"

#include <glib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "attention/attention_statistics.h"
#include "attention/word_units.h"
#include "base/utf8.h"
#include "drawing/colour_scale.h"
#include "drawing/embedded_file.h"
#include "drawing/page_template.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

std::string Base64(const std::vector<unsigned char>& bytes) {
  gchar* text = g_base64_encode(bytes.data(), bytes.size());
  std::string result = text;
  g_free(text);
  return result;
}

// See unpackMatrix in viewer/records.js.
Json PackMatrix(const std::string& name, const std::vector<float>& values) {
  float scale = 0;
  bool is_signed = false;
  for (const float value : values) {
    scale = std::max(scale, std::abs(value));
    is_signed |= value < 0;
  }
  std::vector<unsigned char> bytes;
  bytes.reserve(values.size());
  for (const float value : values) {
    const float root = scale > 0 ? std::sqrt(std::abs(value) / scale) : 0;
    const float byte = is_signed ? 128 + 127 * std::copysign(root, value) : 255 * root;
    bytes.push_back(static_cast<unsigned char>(std::lround(byte)));
  }
  return {{"name", name}, {"signed", is_signed}, {"scale", scale}, {"data", Base64(bytes)}};
}

Json PiecesToJson(const std::vector<std::string>& pieces) {
  Json result = Json::array();
  for (const std::string& piece : pieces) result.push_back(RepairUtf8(piece));
  return result;
}

Json WordStarts(const std::vector<std::string>& pieces) {
  Json starts = Json::array();
  for (const WordSpan& word : FindWords(pieces)) starts.push_back(word.begin);
  return starts;
}

// JSON has no NaN.
Json NumberOrNull(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json NumbersToJson(const AttentionMap& map) {
  const AttentionNumbers numbers = MeasureAttention(map);
  return {{"entropy", NumberOrNull(numbers.entropy)},
          {"sharpness", NumberOrNull(numbers.sharpness)},
          {"coverage", NumberOrNull(numbers.coverage)},
          {"monotonicity", NumberOrNull(numbers.monotonicity)},
          {"endShare", NumberOrNull(numbers.end_share)}};
}

Json RecordToJson(const AttentionMap& map) {
  Json matrices = Json::array({PackMatrix("attention", map.weights)});
  for (const AttentionLayer& layer : map.layers) {
    matrices.push_back(PackMatrix(RepairUtf8(layer.name), layer.values));
  }
  return {{"line", map.line},
          {"score", NumberOrNull(map.score)},
          {"source", PiecesToJson(map.source)},
          {"target", PiecesToJson(map.target)},
          {"sourceWords", WordStarts(map.source)},
          {"targetWords", WordStarts(map.target)},
          {"numbers", NumbersToJson(map)},
          {"matrices", std::move(matrices)}};
}

Json ColoursToJson(const ColourScale& scale) {
  Json colours = Json::array();
  for (const Colour& colour : scale.steps()) colours.push_back(ToHex(colour));
  return colours;
}

// Inside <script> only "<" can end the data or begin a comment; JSON has it in strings alone, where
// it may be written as an escape.
std::string EscapeForScript(const std::string& json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char byte : json) {
    if (byte == '<') {
      escaped += "\\u003c";
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

Json EmptyPage(const std::string& title) {
  return {{"title", RepairUtf8(title)},
          {"palette",
           {{"sequential", ColoursToJson(SequentialScale())},
            {"diverging", ColoursToJson(DivergingScale())}}},
          {"records", Json::array()}};
}

}  // namespace

struct HtmlViewer::Data {
  Json page;
};

HtmlViewer::HtmlViewer(const std::string& title) : data_(std::make_unique<Data>()) {
  data_->page = EmptyPage(title);
}

HtmlViewer::~HtmlViewer() = default;

void HtmlViewer::Add(const AttentionMap& map) {
  CheckShape(map);
  data_->page["records"].push_back(RecordToJson(map));
}

std::string HtmlViewer::Page() const {
  const std::string data = EscapeForScript(data_->page.dump());
  return FillIn(drawing::EmbeddedFile("page.html"), drawing::EmbeddedFile,
                std::array<Replacement, 4>{
                    {{"data", data}, {"connect", ""}, {"live.html", ""}, {"live.js", ""}}});
}

std::string LiveViewerPage(const std::string& title, Index beam_size) {
  Json page = EmptyPage(title);
  page["beamSize"] = beam_size;
  const std::string data = EscapeForScript(page.dump());
  return FillIn(drawing::EmbeddedFile("page.html"), drawing::EmbeddedFile,
                std::array<Replacement, 2>{{{"data", data}, {"connect", "; connect-src 'self'"}}});
}

std::string ViewerRecord(const AttentionMap& map, const std::string& text) {
  CheckShape(map);
  Json record = RecordToJson(map);
  record["text"] = RepairUtf8(text);
  return record.dump();
}

}  // namespace talmach
