// talmach heatmap
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/did_you_mean.h"
#include "cli/line_ranges.h"
#include "cli/signals.h"
#include "heatmap/attention_map.h"
#include "heatmap/html_viewer.h"
#include "heatmap/picture.h"
#include "heatmap/word_units.h"

namespace talmach {
namespace {

constexpr double kPointsPerInch = 72;

struct HeatmapOptions {
  std::string attention;
  std::string output;
  std::set<PictureFormat> pictures = {PictureFormat::kSvg};
  bool viewer = true;
  Units units = Units::kPiece;
  LineRanges lines;
  PictureOptions picture;
  double resolution = 216;
  std::string title;
};

// "svg,html" → what to write.
void SetFormats(const std::string& text, HeatmapOptions* options) {
  static const std::vector<std::string> names = {"svg", "png", "pdf", "html"};
  options->pictures.clear();
  options->viewer = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      throw ConfigError({.where = "--format",
                         .expected = "svg, png, pdf, html or several with commas",
                         .got = name,
                         .hint = DidYouMean(name, names)});
    }
    if (name == "html") {
      options->viewer = true;
    } else {
      options->pictures.insert(static_cast<PictureFormat>(found - names.begin()));
    }
    begin = end + 1;
  }
}

bool ParseFlags(const Arguments& arguments, HeatmapOptions* options) {
  CommandLine line(
      "talmach heatmap --attention FILE.jsonl -o DIR [FLAGS]",
      "Draws attention: a picture per sentence and one HTML page to look through all.");
  line.Group("Files")
      .Text("attention", &options->attention, "FILE.jsonl",
            "attention as translate and score write it; - reads standard input")
      .Text("output,o", &options->output, "DIR", "where to write; made if it does not exist")
      .Custom("format", "svg,png,pdf,html (= svg,html)", std::nullopt, "what to write",
              [options](const std::string& text) { SetFormats(text, options); })
      .Custom("lines", "1-20,25,… (= all)", std::nullopt, "which lines, counted from 1",
              [options](const std::string& text) {
                options->lines = LineRanges::Parse(text, "--lines");
              });
  line.Group("Pictures")
      .Choice("units", &options->units, {{"piece", Units::kPiece}, {"word", Units::kWord}},
              "rows and columns; the HTML page offers both")
      .Switch("values", &options->picture.cell_values, "write the weights into the cells")
      .Switch("dots", &options->picture.alignment_dots,
              "mark the most attended source of each target")
      .Number("max-weight", &options->picture.max_weight, {0.01, 1},
              "the weight of the darkest colour")
      .Number("resolution", &options->resolution, {36, 1200}, "pixels per inch of PNG files");
  line.Group("HTML page").Text("title", &options->title, "TEXT", "heading; by default the file");
  line.Require("attention");
  line.Require("output");
  if (!line.Parse(arguments)) return false;
  options->picture.pixels_per_point = options->resolution / kPointsPerInch;
  if (options->title.empty()) options->title = options->attention;
  return true;
}

void MakeDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && std::filesystem::is_directory(path)) return;
  throw Error({.where = path,
               .what = "cannot make the directory",
               .got = error ? error.message() : "a file of that name"});
}

// Draws sentences one after the other, so that a file may be larger than memory unless a page is
// asked for.
class HeatmapWriter {
 public:
  explicit HeatmapWriter(const HeatmapOptions& options) : options_(options) {
    MakeDirectory(options.output);
    if (options.viewer) viewer_.emplace(options.title);
  }

  void Add(const AttentionMap& map) {
    ++num_sentences_;
    if (viewer_) viewer_->Add(map);
    if (!options_.pictures.empty()) Draw(InUnits(map, options_.units));
  }

  void Finish() {
    if (num_sentences_ == 0) {
      throw DataError({.where = options_.attention, .what = "no sentence in the wanted lines"});
    }
    if (viewer_) WriteFileAtomically(Path("attention.html"), viewer_->Page());
    Log().info("{}: {} sentences, {} pictures{}", options_.output, num_sentences_, num_pictures_,
               viewer_ ? ", attention.html" : "");
  }

 private:
  std::string Path(const std::string& name) const {
    return std::filesystem::path(options_.output) / name;
  }

  void Draw(const AttentionMap& map) {
    const Index candidate = ++num_candidates_[map.line];
    const Index longest = std::max(map.source_length(), map.target_length());
    if (longest > kMaxPictureUnits) {
      Log().warn("sentence {}: no picture, as {} {} are too many; at most {} can be drawn",
                 map.line + 1, longest, options_.units == Units::kWord ? "words" : "pieces",
                 kMaxPictureUnits);
      return;
    }
    std::string name = fmt::format("sentence_{:04}", map.line + 1);
    if (candidate > 1) name += fmt::format("_candidate_{}", candidate);
    for (const PictureFormat format : options_.pictures) {
      WriteFileAtomically(Path(name + "." + ToString(format)),
                          RenderPicture(map, format, options_.picture));
      ++num_pictures_;
    }
  }

  const HeatmapOptions& options_;
  std::optional<HtmlViewer> viewer_;
  std::map<Index, Index> num_candidates_;  // drawn so far, of each line
  Index num_sentences_ = 0;
  Index num_pictures_ = 0;
};

void DrawFile(const HeatmapOptions& options) {
  std::optional<AttentionReader> reader;
  if (options.attention == "-") {
    reader.emplace(std::cin, "standard input");
  } else {
    reader.emplace(options.attention);
  }
  HeatmapWriter writer(options);
  for (AttentionMap map; reader->Next(&map);) {
    ThrowIfStopped();
    if (options.lines.Contains(map.line + 1)) writer.Add(map);
  }
  writer.Finish();
}

}  // namespace

void RunHeatmapCommand(const Arguments& arguments) {
  HeatmapOptions options;
  if (ParseFlags(arguments, &options)) DrawFile(options);
}

}  // namespace talmach
