// Tested by tests/integration/program_test.py.
// talmach probe asks two questions of a model.
//
// Does it need its attention? The source is translated three times: with the attention it learnt,
// with equal weights for all source pieces, and with the learnt weights in a random order. A model
// that attends to something useful loses most of its BLEU in the last two.
//
// Does attention show what a translation depends on? The model then scores its own translations
// with each source piece left out in turn. If attention is right, leaving out the piece it weighs
// most costs more log-probability than leaving out another, and its weights rank the pieces much as
// the saliency methods do (Kendall's tau).
//
// The text is read in slices, so that a signal can stop the command and the time left be estimated.
// Of each slice, only translations and references are kept, for the BLEU of the whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attention/attention_statistics.h"
#include "attention/removal_effect.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/file_flags.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "drawing/chart.h"
#include "evaluation/bleu.h"
#include "text/line_chunks.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

enum class ProbeFormat { kText, kJson };

struct ProbeOptions {
  TranslationFlags model;
  std::string source;
  std::string reference;
  std::string output = "-";
  std::string plot;
  PictureFormat plot_format = PictureFormat::kPng;
  ProbeFormat format = ProbeFormat::kText;
  Index seed = 1;
};

// "probe.svg" → kSvg.
PictureFormat PlotFormat(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension();
  for (const auto format : {PictureFormat::kSvg, PictureFormat::kPng, PictureFormat::kPdf}) {
    if (extension == "." + ToString(format)) return format;
  }
  throw ConfigError(
      {.where = "--plot", .expected = "a file that ends in .png, .svg or .pdf", .got = path});
}

void DeclareFlags(ProbeOptions& options, CommandLine& line) {
  line.Group("Text")
      .Text("source,s", &options.source, "FILE", "source text")
      .Text("target,t", &options.reference, "FILE", "reference translations, for BLEU")
      .Number("seed", &options.seed, {0, 1e15}, "of the permutations");
  options.model.DeclareModel(line, Models::kOne);
  options.model.DeclareSearch(line);
  line.Group("Output")
      .Output("output,o", &options.output, "FILE", "where to write the table")
      .Choice("format", &options.format,
              {{"text", ProbeFormat::kText}, {"json", ProbeFormat::kJson}}, "of the table")
      .Output("plot", &options.plot, "FILE", "also draw the numbers: .png, .svg or .pdf");
  line.Mandatory({"source", "target"});
}

void Settle(ProbeOptions& options, const CommandLine& /*line*/) {
  RequireOneStandardInput({{"--source", options.source}, {"--target", options.reference}});
  if (!options.plot.empty()) options.plot_format = PlotFormat(options.plot);
  RequireWritable({{"--output", options.output}, {"--plot", options.plot}});
}

// What is done to attention in a translation, and the row of the table.
constexpr std::array<std::pair<AttentionChange, const char*>, 3> kChanges = {
    {{AttentionChange::kNone, "as_learnt"},
     {AttentionChange::kUniform, "uniform"},
     {AttentionChange::kPermuted, "permuted"}}};

struct ProbeResult {
  Index num_sentences = 0;
  std::array<double, kChanges.size()> bleu = {};
  std::string bleu_signature = {};
  RemovalNumbers removal = {};
  AttentionNumbers attention = {};
};

// Translates with and without attention, and measures what the translations depend on.
class Probe {
 public:
  Probe(const OpenedModels& models, const TranslatorOptions& options, std::uint64_t seed) {
    for (const auto& [change, name] : kChanges) {
      TranslatorOptions changed = options;
      changed.intervention = {.change = change, .seed = seed};
      if (change == AttentionChange::kNone) {
        changed.saliency.assign(kSaliencyMethods.begin(), kSaliencyMethods.end());
      }
      translators_.push_back(std::make_unique<Translator>(models.models, models.tokenizers.source,
                                                          models.tokenizers.target, changed));
    }
  }

  void Add(std::span<const std::string> sources, std::span<const std::string> references) {
    for (std::size_t i = 0; i < translators_.size(); ++i) {
      ThrowIfStopped();
      for (const Translation& line : translators_[i]->Translate(sources)) {
        translations_[i].push_back(line.best().text);
      }
    }
    references_.insert(references_.end(), references.begin(), references.end());
    ThrowIfStopped();
    const auto own = std::span(translations_[0]).last(sources.size());
    for (const Translation& line : translators_[0]->Score(sources, own)) {
      const AttentionMap& map = line.best().attention;
      removal_.Add(map, ToString(SaliencyMethod::kLeaveOneOut));
      attention_.Add(map);
    }
  }

  // False if all references are empty: BLEU would be 0 whatever the model does.
  bool HasReferences() const {
    return std::ranges::any_of(references_, [](const std::string& line) { return !line.empty(); });
  }

  ProbeResult Result() const {
    ProbeResult result{.num_sentences = static_cast<Index>(references_.size()),
                       .removal = removal_.Numbers(),
                       .attention = attention_.Numbers()};
    const std::vector<std::vector<std::string>> references = {references_};
    for (std::size_t i = 0; i < result.bleu.size(); ++i) {
      const BleuScore score = Bleu().Corpus(translations_[i], references);
      result.bleu[i] = score.score;
      result.bleu_signature = score.signature;
    }
    return result;
  }

 private:
  std::vector<std::unique_ptr<Translator>> translators_;  // by kChanges
  std::array<std::vector<std::string>, kChanges.size()> translations_;
  std::vector<std::string> references_;
  RemovalEffect removal_;
  AttentionStatistics attention_;
};

ProbeResult RunProbe(const ProbeOptions& options, const CommandLine& line) {
  // Small enough for an estimate of the time left, large enough for all threads.
  constexpr std::size_t kSliceLines = 128;
  const TranslationConfig config = options.model.Resolve(line);
  const OpenedModels models =
      OpenModels(options.model.models(), config.precision, Passes::kForwardAndBackward);
  Probe probe(models, MakeTranslatorOptions(config, line.threads()),
              static_cast<std::uint64_t>(options.seed));
  LineChunkReader reader(options.source, options.reference);
  const bool show_progress = !line.quiet() && options.source != "-" && StderrIsTerminal();
  ProgressLine progress(show_progress, show_progress ? CountLines(options.source) : 0);
  for (LineChunk chunk; reader.Next(&chunk);) {
    for (std::size_t begin = 0; begin < chunk.first.size(); begin += kSliceLines) {
      const std::size_t size = std::min(kSliceLines, chunk.first.size() - begin);
      probe.Add(std::span(chunk.first).subspan(begin, size),
                std::span(chunk.second).subspan(begin, size));
      progress.Update(chunk.first_line + static_cast<Index>(begin + size));
    }
  }
  reader.LogInputRepairs();
  if (!probe.HasReferences()) {
    throw DataError({.where = options.reference,
                     .what = "no reference translations",
                     .expected = "a translation of the source in at least one line"});
  }
  return probe.Result();
}

std::string ToText(const ProbeResult& result) {
  std::string text;
  const auto add = [&text](const std::string& name, double value, int decimals) {
    text += fmt::format("{:<50} {:>8}\n", name,
                        std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, decimals));
  };
  add("sentences", static_cast<double>(result.num_sentences), 0);
  add("BLEU, attention as learnt", result.bleu[0], 1);
  add("BLEU, uniform attention", result.bleu[1], 1);
  add("BLEU, permuted attention", result.bleu[2], 1);
  add("nats lost without the most attended source piece", result.removal.top, 3);
  add("nats lost without a random other source piece", result.removal.random, 3);
  add("their ratio", result.removal.Ratio(), 1);
  for (const auto& [layer, tau] : result.attention.kendall_tau) {
    add("Kendall's tau of attention and " + layer, tau, 3);
  }
  return text;
}

std::string ToJson(const ProbeResult& result, const ProbeOptions& options) {
  Json record = {{"sentences", result.num_sentences}, {"seed", options.seed}};
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    record["bleu"][kChanges[i].second] = result.bleu[i];
  }
  record["bleu_signature"] = result.bleu_signature;
  record["nats_lost"] = {{"most_attended", result.removal.top},
                         {"random", result.removal.random},
                         {"ratio", result.removal.Ratio()},
                         {"target_pieces", result.removal.num_target_pieces}};
  for (const auto& [layer, tau] : result.attention.kendall_tau) record["kendall_tau"][layer] = tau;
  return record.dump(1) + "\n";
}

Chart Rows(const std::string& title, const std::vector<std::pair<std::string, double>>& numbers,
           int decimals) {
  Chart chart = {.title = title, .series = {{.mark = ChartMark::kRows}}, .decimals = decimals};
  chart.width = 300;
  for (const auto& [name, value] : numbers) {
    chart.categories.push_back(name);
    chart.series[0].y.push_back(value);
  }
  return chart;
}

std::string Draw(const ProbeResult& result, const ProbeOptions& options) {
  const ChartPage page = {
      .title = fmt::format("Does the model need its attention? {} sentences", result.num_sentences),
      .charts = {Rows("BLEU of translations",
                      {{"attention as learnt", result.bleu[0]},
                       {"uniform attention", result.bleu[1]},
                       {"permuted attention", result.bleu[2]}},
                      1),
                 Rows("Log-probability lost without a source piece (nats)",
                      {{"the most attended one", result.removal.top},
                       {"a random other one", result.removal.random}},
                      2),
                 Rows("Kendall’s τ of attention and …",
                      {result.attention.kendall_tau.begin(), result.attention.kendall_tau.end()},
                      2)},
      .order = ChartOrder::kStacked};
  return RenderCharts(page, options.plot_format);
}

void Write(const std::string& path, std::string text) {
  text.pop_back();  // WriteLine adds the last line break
  TextWriter writer(path);
  writer.WriteLine(text);
  writer.Finish();
}

void WriteProbe(const ProbeOptions& options, const CommandLine& line) {
  const ProbeResult result = RunProbe(options, line);
  Write(options.output,
        options.format == ProbeFormat::kJson ? ToJson(result, options) : ToText(result));
  if (!options.plot.empty()) WriteFileAtomically(options.plot, Draw(result, options));
}

}  // namespace

void RunProbeCommand(const Arguments& arguments) {
  RunSteps<ProbeOptions>(
      {.usage = "talmach probe -m DIR -s SOURCE -t REFERENCE [--plot FILE] [FLAGS]",
       .summary = "Tests whether a model depends on its attention, and whether attention shows "
                  "what its translations depend on.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = WriteProbe},
      arguments);
}

}  // namespace talmach
