// talmach heatmap draws attention from a file of records, or from a model that translates or scores
// text for the purpose. Both feed one HeatmapWriter, which draws each sentence as it arrives:
// pictures in the units asked for, while the page gets the pieces and joins them into words itself.
// Sentences keep their line numbers, so a selection yields the same file names as the whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "attention/attention_map.h"
#include "attention/attention_reader.h"
#include "attention/word_units.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/file_flags.h"
#include "cli/model_attention.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "drawing/html_viewer.h"
#include "drawing/picture.h"
#include "text/line_ranges.h"

namespace talmach {
namespace {

constexpr double kPointsPerInch = 72;

struct HeatmapOptions {
  std::string attention;
  TranslationFlags model;
  std::string source;
  std::string target;
  Index n_best = 1;
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
void SetFormats(const std::string& text, HeatmapOptions& options) {
  static const std::vector<std::string> names = {"svg", "png", "pdf", "html"};
  options.pictures.clear();
  options.viewer = false;
  for (const std::size_t i : ParseWords("--format", text, names)) {
    if (names[i] == "html") {
      options.viewer = true;
    } else {
      options.pictures.insert(static_cast<PictureFormat>(i));
    }
  }
}

void DeclareInput(HeatmapOptions& options, CommandLine& line) {
  line.Group("What to draw: a file, or what a model does")
      .Text("attention", &options.attention, "FILE.jsonl",
            "attention as translate and score write it; - reads standard input")
      .Text("source,s", &options.source, "FILE", "source text for the model")
      .Text("target,t", &options.target, "FILE",
            "its translations, line by line; by default the model translates")
      .Number("n-best", &options.n_best, {1, 1000}, "draw this many translations of each line")
      .Custom("lines", "1-20,25,… (= all)", std::nullopt, "which lines, counted from 1",
              [&options](const std::string& text) {
                options.lines = LineRanges::Parse(text, "--lines");
              });
}

void DeclareOutput(HeatmapOptions& options, CommandLine& line) {
  line.Group("Output")
      .Output("output,o", &options.output, "DIR", "where to write; made if it does not exist")
      .Custom("format", "svg,png,pdf,html (= svg,html)", std::nullopt, "what to write",
              [&options](const std::string& text) { SetFormats(text, options); })
      .Choice("units", &options.units, {{"piece", Units::kPiece}, {"word", Units::kWord}},
              "rows and columns of pictures; the HTML page offers both")
      .Text("layer", &options.picture.layer, "NAME",
            "draw this layer of the records, e.g. gradient, instead of the attention")
      .Switch("values", &options.picture.cell_values, "write the weights into the cells")
      .Switch("dots", &options.picture.alignment_dots,
              "mark the most attended source of each target")
      .Number("max-weight", &options.picture.max_weight, {0.01, 1},
              "the weight of the darkest colour")
      .Number("resolution", &options.resolution, {36, 1200}, "pixels per inch of PNG files")
      .Text("title", &options.title, "TEXT", "of the HTML page; by default the file it shows");
}

void DeclareFlags(HeatmapOptions& options, CommandLine& line) {
  DeclareInput(options, line);
  options.model.DeclareModel(line);
  options.model.DeclareSearch(line);
  DeclareOutput(options, line);
  line.Mandatory({"output"});
}

void CheckInput(const HeatmapOptions& options, const CommandLine& line) {
  const bool from_model = !options.model.models().empty();
  if (from_model == line.Given("attention")) {
    throw ConfigError({.where = "talmach heatmap",
                       .expected = "either --attention FILE or --model DIR with --source FILE",
                       .got = from_model ? "both" : "neither"});
  }
  if (!from_model) {
    line.Refuse({"source", "target", "n-best", "precision", "mini-batch", "max-length", "beam-size",
                 "normalize", "max-length-factor", "unk"},
                "is for --model only");
  }
  if (from_model && line.Given("layer")) {
    throw ConfigError({.where = "--layer",
                       .what = "is for --attention only",
                       .hint = "`talmach score --saliency` writes layers"});
  }
  if (line.Given("layer") && line.Given("max-weight")) {
    throw ConfigError({.where = "--max-weight", .what = "is for attention, not for --layer"});
  }
  if (from_model && options.source.empty()) {
    throw ConfigError({.where = "--source", .what = "must be given with --model"});
  }
  RequireOneStandardInput({{"--source", options.source}, {"--target", options.target}});
  if (line.Given("n-best") && line.Given("target")) {
    throw ConfigError({.where = "--n-best", .what = "--target has one translation for each line"});
  }
}

void Settle(HeatmapOptions& options, const CommandLine& line) {
  CheckInput(options, line);
  options.picture.pixels_per_point = options.resolution / kPointsPerInch;
  if (options.title.empty()) {
    options.title = options.attention.empty() ? options.source : options.attention;
  }
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
      throw DataError({.where = options_.attention.empty() ? options_.source : options_.attention,
                       .what = "no sentence in the lines that were asked for"});
    }
    if (viewer_) WriteFileAtomically(Path("attention.html"), viewer_->Page());
    if (num_missing_ > 0) {
      Log().warn(
          "no installed font has {} of the characters drawn, which became boxes; install one for "
          "the script (Debian: fonts-noto-core, fonts-noto-cjk) and draw again",
          num_missing_);
    }
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
    num_missing_ += CountMissingCharacters(map);
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
  Index num_missing_ = 0;  // characters without a font
};

void DrawFile(const HeatmapOptions& options) {
  AttentionReader reader(options.attention);
  HeatmapWriter writer(options);
  for (AttentionMap map; reader.Next(&map);) {
    ThrowIfStopped();
    if (options.lines.Contains(map.line + 1)) writer.Add(map);
  }
  writer.Finish();
}

void DrawModel(const HeatmapOptions& options, const CommandLine& line) {
  const TranslationConfig config = options.model.Resolve(line);
  OpenOptions open = options.model.MakeOpenOptions(config, line.threads());
  open.translator.beam.n_best = options.n_best;
  const Translator translator = OpenTranslator(options.model.models(), open);
  HeatmapWriter writer(options);
  ForEachAttention(translator, options.source, options.target, options.lines,
                   [&writer](const AttentionMap& map) { writer.Add(map); });
  writer.Finish();
}

void Draw(const HeatmapOptions& options, const CommandLine& line) {
  if (options.model.models().empty()) {
    DrawFile(options);
  } else {
    DrawModel(options, line);
  }
}

}  // namespace

void RunHeatmapCommand(const Arguments& arguments) {
  RunSteps<HeatmapOptions>(
      {.usage = "talmach heatmap (-m DIR -s SOURCE [-t TARGET] | --attention FILE) -o DIR [FLAGS]",
       .summary = "Draws attention: a picture per sentence and one HTML page to browse them all.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = Draw},
      arguments);
}

}  // namespace talmach
