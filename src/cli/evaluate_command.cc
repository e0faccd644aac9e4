// talmach evaluate
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/evaluate_corpus.h"
#include "cli/evaluate_options.h"
#include "evaluation/alignment_error.h"
#include "evaluation/analysis.h"
#include "evaluation/significance.h"
#include "report/html_report.h"
#include "report/length_scores.h"
#include "report/line_differences.h"
#include "report/score_format.h"
#include "text/strict_line_reader.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

void Write(const std::string& path, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  TextWriter writer(path);
  writer.WriteLine(text);
  writer.Finish();
}

std::string Dump(const Json& json) { return json.dump(1); }

ScoreFormat Format(const EvaluateOptions& options) {
  return options.format.value_or(options.sentence_level ? ScoreFormat::kText : ScoreFormat::kJson);
}

TrialOptions Trials(const EvaluateOptions& options, Index num_trials) {
  return {.num_trials = num_trials,
          .seed = static_cast<std::uint64_t>(options.seed),
          .num_threads = options.num_threads};
}

EvaluationSetting Setting(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  EvaluationSetting setting{
      .num_references = corpus.num_references,
      .short_names = options.short_signature && Format(options) != ScoreFormat::kJson};
  const bool resamples = options.confidence || options.paired == PairedTest::kBootstrap;
  if (resamples) setting.num_resamples = options.num_resamples;
  if (options.paired == PairedTest::kRandomisation) {
    setting.num_randomisations = options.num_randomisations;
  }
  if (setting.num_resamples || setting.num_randomisations) {
    setting.seed = options.seed_is_drawn ? "none" : std::to_string(options.seed);
  }
  return setting;
}

/// p-values and intervals of a metric for all systems, where asked for.
void AddSignificance(const Metric& metric, const std::vector<StatisticsTable>& tables,
                     const EvaluateOptions& options, std::vector<MetricResult>* results) {
  std::vector<PairedResult> paired(tables.size());
  if (options.paired == PairedTest::kBootstrap) {
    paired = PairedBootstrap(tables, metric.score, Trials(options, options.num_resamples));
  } else if (options.paired == PairedTest::kRandomisation) {
    paired = PairedRandomisation(tables, metric.score, Trials(options, options.num_randomisations));
  }
  for (std::size_t s = 0; s < tables.size(); ++s) {
    (*results)[s].p_value = paired[s].p_value;
    (*results)[s].confidence = paired[s].confidence;
    if (options.confidence && !paired[s].confidence) {
      (*results)[s].confidence =
          BootstrapConfidence(tables[s], metric.score, Trials(options, options.num_resamples));
    }
  }
}

/// As sacreBLEU names systems in a paired test: columns of standard input have no names but
/// numbers, which begin behind the baseline.
void NameBaseline(const EvaluateOptions& options, std::vector<SystemResult>* systems) {
  if (!options.files.hypotheses.empty()) {
    systems->front().name.insert(0, "Baseline: ");
    return;
  }
  for (std::size_t s = 0; s < systems->size(); ++s) {
    (*systems)[s].name = s == 0 ? "Baseline" : fmt::format("System {}", s);
  }
}

/// All metrics' verdicts on all systems.
std::vector<SystemResult> Judge(const EvaluateOptions& options, const std::vector<Metric>& metrics,
                                const EvaluatedCorpus& corpus) {
  std::vector<SystemResult> systems;
  for (const EvaluatedSystem& system : corpus.systems) systems.push_back({.name = system.name});
  if (options.paired != PairedTest::kNone) NameBaseline(options, &systems);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::vector<StatisticsTable> tables;
    std::vector<MetricResult> results;
    for (const EvaluatedSystem& system : corpus.systems) {
      tables.push_back(system.tables[m]);
      results.push_back(metrics[m].result(system.tables[m].Sum()));
      results.back().signature = metrics[m].signature(Setting(options, corpus));
      if (options.length_edges.empty()) continue;
      results.back().details["by_length"] = LengthJson(
          ScoreByLength(system.tables[m], corpus.lengths, options.length_edges, metrics[m].score));
    }
    AddSignificance(metrics[m], tables, options, &results);
    for (std::size_t s = 0; s < systems.size(); ++s) systems[s].metrics.push_back(results[s]);
  }
  return systems;
}

/// Where two systems differ most, by the first metric's score of each line.
std::vector<ReportLine> FindDifferences(const EvaluateOptions& options, const Metric& metric,
                                        const EvaluatedCorpus& corpus) {
  const std::vector<double> first = ScoreLines(corpus.systems[0].tables[0], metric.line_score);
  const std::vector<double> second = ScoreLines(corpus.systems[1].tables[0], metric.line_score);
  std::vector<ReportLine> lines;
  for (const LineDifference& difference :
       LargestDifferences(first, second, options.num_differences)) {
    ReportLine line{.line = difference.line, .scores = {difference.first, difference.second}};
    if (!corpus.source.empty()) line.source = corpus.source[line.line];
    std::vector<std::string_view> references;
    ReferencesOfLine(corpus.references, line.line, &references);
    line.references.assign(references.begin(), references.end());
    for (const auto& system : corpus.systems) line.hypotheses.push_back(system.lines[line.line]);
    lines.push_back(line);
  }
  return lines;
}

void WriteScores(const EvaluateOptions& options, const std::vector<SystemResult>& systems,
                 const std::vector<ReportLine>& differences) {
  const int width = static_cast<int>(options.width);
  const std::vector<MetricResult>& results = systems.front().metrics;
  if (options.score_only && !options.compare) {
    const bool json = Format(options) == ScoreFormat::kJson;
    return Write(options.output, FormatScoresOnly(systems, width, json));
  }
  if (Format(options) != ScoreFormat::kJson) {
    const bool latex = Format(options) == ScoreFormat::kLatex;
    std::string text =
        systems.size() == 1
            ? FormatScores(results, width)
            : FormatSystems(systems, width, latex ? TableLook::kLatex : TableLook::kGrid);
    text +=
        LengthText(systems, width) + DifferencesText(differences, systems, results.front().name);
    return Write(options.output, text);
  }
  Json json = systems.size() == 1 ? ScoresJson(results, width) : SystemsJson(systems);
  if (options.compare) json = {{"systems", json}, {"differences", DifferencesJson(differences)}};
  Write(options.output, Dump(json));
}

/// Lengths of lines where none were asked for, so that every report has the plot.
constexpr Index kDefaultEdges[] = {10, 20, 30, 40, 50};

void WriteReport(const EvaluateOptions& options, const Metric& metric,
                 const EvaluatedCorpus& corpus, const std::vector<SystemResult>& systems,
                 const std::vector<ReportLine>& differences) {
  EvaluationReport report{
      .title = "Evaluation against " +
               RepairUtf8(fmt::format("{}", fmt::join(options.files.references, ", "))),
      .metric = metric.name,
      .length_of = options.files.source.empty() ? "reference words" : "source words",
      .lines = differences};
  const std::span<const Index> edges =
      options.length_edges.empty() ? std::span<const Index>(kDefaultEdges) : options.length_edges;
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const StatisticsTable& table = corpus.systems[s].tables[0];
    report.systems.push_back(
        {.result = systems[s],
         .by_length = ScoreByLength(table, corpus.lengths, edges, metric.score),
         .line_scores = ScoreLines(table, metric.line_score),
         .findings = corpus.systems[s].findings});
  }
  Write(options.html, HtmlReport(report));
}

void WriteLineScores(const EvaluateOptions& options, const Metric& metric,
                     const EvaluatedCorpus& corpus) {
  const int width = static_cast<int>(options.width);
  const StatisticsTable& table = corpus.systems.front().tables.front();
  TextWriter writer(options.output);
  EvaluationSetting setting = Setting(options, corpus);
  for (Index line = 0; line < table.num_lines(); ++line) {
    MetricResult result = metric.result(table.row(line));
    setting.num_references = corpus.reference_counts[line];
    result.signature = metric.signature(setting);
    writer.WriteLine(Format(options) == ScoreFormat::kJson
                         ? ScoreJson(result, width).dump()
                         : FormatScore(result, width, options.score_only));
  }
  writer.Finish();
}

/// How many systems standard input holds is known only now.
void CheckColumns(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  if (!options.files.hypotheses.empty()) return;
  const bool several = corpus.systems.size() > 1;
  if (options.sentence_level && several) {
    throw DataError({.where = "standard input",
                     .expected = "one system for --sentence-level",
                     .got = fmt::format("{} separated by tabs", corpus.systems.size()),
                     .hint = "--input - reads tabs as white space"});
  }
  if (options.paired != PairedTest::kNone && !several) {
    throw DataError({.where = "standard input",
                     .expected = "two systems or more, separated by tabs",
                     .got = "one",
                     .hint = "or give them as --input A B"});
  }
}

void WarnOfFindings(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  const bool tokenizes = std::ranges::count(options.metrics, "bleu") > 0 &&
                         options.tokenizer == "13a" && !options.force;
  for (const EvaluatedSystem& system : corpus.systems) {
    const InputFindings& findings = system.findings;
    if (findings.num_empty > 0) {
      Log().warn("{}: {} of {} lines are empty", system.name, findings.num_empty,
                 findings.num_lines);
    }
    if (findings.num_identical == findings.num_lines) {
      Log().warn("{}: every line equals a reference; is it the right file?", system.name);
    } else if (2 * findings.num_identical >= findings.num_lines) {
      Log().info("{}: {} of {} lines equal a reference", system.name, findings.num_identical,
                 findings.num_lines);
    }
    if (tokenizes && findings.LooksTokenized()) {
      Log().warn(
          "{}: {} lines end in a separate period; 13a expects text that is not tokenized "
          "(--force: no such warning)",
          system.name, findings.num_spaced_periods);
    }
  }
}

MetricResult AlignmentResult(const AlignmentError& error) {
  const double precision = 100 * error.Precision(), recall = 100 * error.Recall();
  const double f1 = 100 * error.F1();
  return {.name = "AER",
          .score = 100 * error.ErrorRate(),
          .verbose = fmt::format("(precision = {:.1f} recall = {:.1f} F1 = {:.1f} links = {} "
                                 "sure = {} possible = {})",
                                 precision, recall, f1, error.num_links(), error.num_sure(),
                                 error.num_possible()),
          .details = {{"precision", precision},
                      {"recall", recall},
                      {"f1", f1},
                      {"links", error.num_links()},
                      {"sure", error.num_sure()},
                      {"possible", error.num_possible()}}};
}

AlignmentError CompareAlignments(const std::string& system, const std::string& reference) {
  constexpr auto kSkip = StrictLineReader::ByteOrderMark::kSkip;
  StrictLineReader links(system, kSkip), annotation(reference, kSkip);
  AlignmentError error;
  std::string link_line, annotation_line;
  for (;;) {
    const bool more = annotation.Read(&annotation_line);
    const bool more_links = links.Read(&link_line);
    RequireSameEnd(&annotation, &links);
    if (!more && !more_links) return error;
    error.Add(ParseLinks(link_line, links.Place()),
              ParseAnnotatedLinks(annotation_line, annotation.Place()));
  }
}

void EvaluateAlignments(const EvaluateOptions& options) {
  if (options.files.references.size() != 1) {
    throw ConfigError({.where = "--metrics aer", .expected = "one file of annotated alignments"});
  }
  std::vector<SystemResult> systems;
  std::vector<std::string> paths = options.files.hypotheses;
  if (paths.empty()) paths = {"-"};
  for (const std::string& path : paths) {
    const AlignmentError error = CompareAlignments(path, options.files.references.front());
    systems.push_back({.name = RepairUtf8(path), .metrics = {AlignmentResult(error)}});
  }
  WriteScores(options, systems, {});
}

}  // namespace

void RunEvaluateCommand(const Arguments& arguments) {
  const std::optional<EvaluateOptions> options = ParseEvaluateOptions(arguments);
  if (!options) return;
  if (options->metrics.front() == "aer") return EvaluateAlignments(*options);
  const std::vector<Metric> metrics = MakeMetrics(*options);
  const bool tests = options->confidence || options->paired != PairedTest::kNone;
  const bool report = !options->html.empty();
  const KeptLines keep{.statistics = tests || report || options->compare ||
                                     options->sentence_level || !options->length_edges.empty(),
                       .texts = options->compare || report};
  const EvaluatedCorpus corpus = EvaluateCorpus(options->files, metrics, keep);
  CheckColumns(*options, corpus);
  WarnOfFindings(*options, corpus);
  if (options->sentence_level) return WriteLineScores(*options, metrics.front(), corpus);
  const std::vector<SystemResult> systems = Judge(*options, metrics, corpus);
  std::vector<ReportLine> differences;
  if (keep.texts && systems.size() == 2) {
    differences = FindDifferences(*options, metrics.front(), corpus);
  }
  if (report) WriteReport(*options, metrics.front(), corpus, systems, differences);
  if (!options->compare) differences.clear();
  WriteScores(*options, systems, differences);
}

}  // namespace talmach
