// talmach evaluate
//
// All files are read once, side by side, some lines at a time. Each metric turns a line into a row
// of counts, and its score is a function of the sum of the rows (evaluation/statistics.h).
// Everything else comes from the same rows: scores of resampled corpora for confidence and
// significance, of the lines of one length, and of single lines. Rows and texts are kept only where
// something needs them; plain scores need the sums alone, however long the files are.
//
// The alignment error rate goes its own way, because its files hold links instead of text.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/command_steps.h"
#include "cli/evaluate_flags.h"
#include "cli/evaluate_metrics.h"
#include "cli/signals.h"
#include "evaluation/alignment_error.h"
#include "evaluation/evaluated_corpus.h"
#include "report/evaluation_format.h"
#include "report/html_report.h"
#include "report/line_differences.h"
#include "text/parallel_columns.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

ParallelColumns OpenFiles(const EvaluationFiles& files) {
  std::vector<ColumnReader> references, hypotheses, source;
  for (const std::string& path : files.references) {
    references.emplace_back(path, files.references_per_file, std::string(kNoReference));
  }
  for (const std::string& path : files.hypotheses) hypotheses.emplace_back(path, 1);
  if (files.hypotheses.empty()) hypotheses.emplace_back("-");
  if (!files.source.empty()) source.emplace_back(files.source, 1);
  std::vector<std::vector<ColumnReader>> groups;
  for (auto* group : {&references, &hypotheses, &source}) groups.push_back(std::move(*group));
  return ParallelColumns(std::move(groups));
}

std::vector<std::string> SystemNames(const std::vector<ColumnReader>& hypotheses) {
  std::vector<std::string> names;
  for (const ColumnReader& reader : hypotheses) {
    for (Index column = 1; column <= reader.num_columns(); ++column) {
      names.push_back(reader.num_columns() == 1 ? RepairUtf8(reader.lines().name())
                                                : fmt::format("System {}", column));
    }
  }
  return names;
}

// Reads all files. Throws DataError for those that cannot be read, are not UTF-8, have no lines,
// or differ in their number of lines; file and line are named.
EvaluatedCorpus ReadCorpus(const EvaluateOptions& options, const std::vector<Metric>& metrics) {
  const bool texts = options.compare || !options.html.empty();
  const KeptLines keep{
      .statistics = options.judgement.NeedsStatistics() || options.sentence_level || texts,
      .texts = texts};
  ParallelColumns files = OpenFiles(options.files);
  EvaluatedCorpus corpus(SystemNames(files.group(1)), metrics, keep);
  for (std::vector<std::vector<std::vector<std::string>>> columns; files.Read(&columns);) {
    ThrowIfStopped();
    corpus.Add({.references = std::move(columns[0]),
                .hypotheses = std::move(columns[1]),
                .source = std::move(columns[2])});
  }
  if (corpus.num_lines() > 0) return corpus;
  throw DataError({.where = files.group(0).front().lines().name(), .what = "no lines to evaluate"});
}

// How many systems standard input holds is known only now.
void CheckColumns(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  if (!options.files.hypotheses.empty()) return;
  const bool several = corpus.systems().size() > 1;
  if (options.sentence_level && several) {
    throw DataError({.where = "standard input",
                     .expected = "one system for --sentence-level",
                     .got = fmt::format("{} separated by tabs", corpus.systems().size()),
                     .hint = "--input - reads tabs as white space"});
  }
  if (options.judgement.paired != PairedTest::kNone && !several) {
    throw DataError({.where = "standard input",
                     .expected = "two systems or more, separated by tabs",
                     .got = "one",
                     .hint = "or give them as --input A B"});
  }
}

void WarnOfFindings(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  const bool tokenizes = std::ranges::count(options.metrics, "bleu") > 0 &&
                         options.tokenizer == "13a" && !options.force;
  for (const EvaluatedSystem& system : corpus.systems()) {
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
          "{}: {} lines end in a separate period; 13a expects text that is not tokenized (--force: "
          "no such warning)",
          system.name, findings.num_spaced_periods);
    }
  }
}

void Write(const std::string& path, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  TextWriter writer(path);
  writer.WriteLine(text);
  writer.Finish();
}

EvaluationLook LookOf(const EvaluateOptions& options) {
  return {.format = options.format,
          .width = static_cast<int>(options.width),
          .score_only = options.score_only,
          .compare = options.compare};
}

void WriteScores(const EvaluateOptions& options, const std::vector<SystemResult>& systems,
                 const std::vector<ReportLine>& differences) {
  Write(options.output, FormatEvaluation(systems, differences, LookOf(options)));
}

void WriteLineScores(const EvaluateOptions& options, const EvaluatedCorpus& corpus) {
  const EvaluationLook look = LookOf(options);
  const Metric& metric = corpus.metrics().front();
  const StatisticsTable& table = corpus.systems().front().tables.front();
  TextWriter writer(options.output);
  for (Index line = 0; line < table.num_lines(); ++line) {
    MetricResult result = metric.result(table.row(line));
    result.signature =
        metric.signature(SettingOf(options.judgement, corpus.reference_counts()[line]));
    writer.WriteLine(FormatLineScore(result, look));
  }
  writer.Finish();
}

// As sacreBLEU names systems in a paired test: columns of standard input have no names but
// numbers, which begin behind the baseline.
void NameBaseline(const EvaluateOptions& options, std::vector<SystemResult>* systems) {
  if (!options.files.hypotheses.empty()) {
    systems->front().name.insert(0, "Baseline: ");
    return;
  }
  for (std::size_t s = 0; s < systems->size(); ++s) {
    (*systems)[s].name = s == 0 ? "Baseline" : fmt::format("System {}", s);
  }
}

void WriteReport(const EvaluateOptions& options, const EvaluatedCorpus& corpus,
                 const std::vector<SystemResult>& systems,
                 const std::vector<ReportLine>& differences) {
  EvaluationReport report = MakeReport(corpus, systems, options.judgement.length_edges);
  report.title = "Evaluation against " +
                 RepairUtf8(fmt::format("{}", fmt::join(options.files.references, ", ")));
  report.length_of = options.files.source.empty() ? "reference words" : "source words";
  report.lines = differences;
  Write(options.html, HtmlReport(report));
}

void EvaluateText(const EvaluateOptions& options) {
  const std::vector<Metric> metrics = MakeMetrics(options);
  const EvaluatedCorpus corpus = ReadCorpus(options, metrics);
  CheckColumns(options, corpus);
  WarnOfFindings(options, corpus);
  if (options.sentence_level) return WriteLineScores(options, corpus);
  std::vector<SystemResult> systems = Judge(corpus, options.judgement);
  if (options.judgement.paired != PairedTest::kNone) NameBaseline(options, &systems);
  const bool report = !options.html.empty();
  std::vector<ReportLine> differences;
  if ((options.compare || report) && systems.size() == 2) {
    differences = FindDifferences(corpus, options.num_differences);
  }
  if (report) WriteReport(options, corpus, systems, differences);
  if (!options.compare) differences.clear();
  WriteScores(options, systems, differences);
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

void Evaluate(const EvaluateFlags& flags, const CommandLine& line) {
  const EvaluateOptions options = flags.Resolve(line);
  if (options.metrics.front() == "aer") {
    EvaluateAlignments(options);
  } else {
    EvaluateText(options);
  }
}

}  // namespace

void RunEvaluateCommand(const Arguments& arguments) {
  RunSteps<EvaluateFlags>(
      {.usage = "talmach evaluate -r REF… [-i HYP…] [-m bleu chrf ter] [FLAGS]",
       .summary = "Scores translations with sacreBLEU's numbers and signatures.",
       .declare = [](EvaluateFlags& flags, CommandLine& line) { flags.Declare(line); },
       .run = Evaluate},
      arguments);
}

}  // namespace talmach
