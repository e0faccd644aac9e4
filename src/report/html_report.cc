// A section is a function from the report to HTML, empty where it has nothing to show: without
// BLEU there are no n-gram precisions, and single lines are shown for two systems only. The markup
// itself is in page/parts.html, part by part; this file fills in names and numbers and escapes what
// comes from users. Charts come from the same engine as all others (drawing/chart.cc), as SVG whose
// colours the page's style chooses, light or dark.
#include "report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/error.h"
#include "drawing/chart.h"
#include "drawing/page_template.h"
#include "report/page_sections.h"

namespace talmach {
namespace {

// Bars of all systems, wide enough for all of them. The legend stands above, where names of any
// length have room.
Chart BarChart(std::vector<std::string> categories, std::vector<ChartSeries> series) {
  constexpr double kBarWidth = 22, kGap = 14, kHeight = 190;
  Chart chart;
  chart.width = static_cast<double>(categories.size()) *
                (kBarWidth * static_cast<double>(series.size()) + kGap);
  chart.height = kHeight;
  chart.categories = std::move(categories);
  chart.series = std::move(series);
  return chart;
}

std::string Number(const std::string& text) { return Part("number", {{"number", text}}); }

std::string Score(const MetricResult& result) {
  std::string text = fmt::format("{:.2f}", result.score);
  if (result.confidence) {
    text +=
        fmt::format(" ({:.2f} ± {:.2f})", result.confidence->mean, result.confidence->half_width);
  }
  if (result.p_value) text += fmt::format(" p = {:.4f}", *result.p_value);
  return text;
}

// Empty if no metric is BLEU.
std::string LengthRatio(const SystemResult& system) {
  for (const MetricResult& result : system.metrics) {
    const auto* bleu = std::get_if<BleuScore>(&result.parts);
    if (bleu != nullptr) return fmt::format("{:.3f}", bleu->LengthRatio());
  }
  return {};
}

std::string SystemRow(const ReportSystem& system) {
  std::string numbers;
  for (const MetricResult& result : system.result.metrics) numbers += Number(Score(result));
  numbers += Number(LengthRatio(system.result));
  for (const Index count :
       {system.findings.num_lines, system.findings.num_empty, system.findings.num_identical}) {
    numbers += Number(std::to_string(count));
  }
  return Part("system", {{"name", EscapeHtml(system.result.name)}, {"numbers", numbers}});
}

std::string ScoreSection(const EvaluationReport& report) {
  std::string metrics, signatures, systems;
  for (const MetricResult& result : report.systems.front().result.metrics) {
    const std::string name = EscapeHtml(result.name);
    metrics += Part("metric", {{"name", name}});
    signatures += Part("signature", {{"name", name}, {"signature", EscapeHtml(result.signature)}});
  }
  for (const ReportSystem& system : report.systems) systems += SystemRow(system);
  return Part("scores", {{"metrics", metrics}, {"systems", systems}, {"signatures", signatures}});
}

std::string PrecisionSection(const EvaluationReport& report) {
  std::vector<ChartSeries> series;
  for (const ReportSystem& system : report.systems) {
    for (const MetricResult& result : system.result.metrics) {
      const auto* bleu = std::get_if<BleuScore>(&result.parts);
      if (bleu == nullptr) continue;
      series.push_back({.name = system.result.name,
                        .y = {bleu->precisions.begin(), bleu->precisions.end()},
                        .mark = ChartMark::kBars});
      break;
    }
  }
  if (series.size() != report.systems.size()) return {};
  Chart chart = BarChart({"1-grams", "2-grams", "3-grams", "4-grams"}, series);
  chart.y_label = "percent";
  return ChartSection("N-gram precision", chart);
}

// Systems are scored on the same lines, so their buckets are the same.
std::string LengthSection(const EvaluationReport& report) {
  std::vector<std::string> categories;
  for (const LengthBucket& bucket : report.systems.front().by_length) {
    categories.push_back(bucket.Label());
  }
  if (categories.empty()) return {};
  std::vector<ChartSeries> series;
  for (const ReportSystem& system : report.systems) {
    series.push_back({.name = system.result.name, .mark = ChartMark::kBars});
    for (const LengthBucket& bucket : system.by_length) series.back().y.push_back(bucket.score);
  }
  std::string counts;
  for (const LengthBucket& bucket : report.systems.front().by_length) {
    counts += Part("count by length",
                   {{"count", std::to_string(bucket.num_lines)}, {"length", bucket.Label()}});
  }
  Chart chart = BarChart(categories, series);
  chart.x_label = report.length_of;
  chart.y_label = report.metric;
  return ChartSection(fmt::format("{} by {}", report.metric, report.length_of), chart) +
         Part("counts by length", {{"counts", counts}});
}

std::string SpreadSection(const EvaluationReport& report) {
  constexpr Index kNumClasses = 10;
  std::vector<std::string> categories;
  for (Index i = 0; i < kNumClasses; ++i)
    categories.push_back(fmt::format("{}–{}", 10 * i, 10 * i + 10));
  std::vector<ChartSeries> series;
  for (const ReportSystem& system : report.systems) {
    std::vector<double> counts(kNumClasses);
    for (const double score : system.line_scores) {
      counts[std::clamp<Index>(static_cast<Index>(score / 10), 0, kNumClasses - 1)] += 1;
    }
    series.push_back({.name = system.result.name, .y = counts, .mark = ChartMark::kBars});
  }
  Chart chart = BarChart(categories, series);
  chart.x_label = "score of the line";
  chart.y_label = "lines";
  return ChartSection(fmt::format("Lines by their {}", report.metric), chart);
}

std::string LineTable(const ReportLine& line, const EvaluationReport& report) {
  std::string texts;
  auto row = [&texts](std::string_view name, const std::string& text, const std::string& score) {
    texts +=
        Part("text", {{"name", EscapeHtml(name)}, {"score", score}, {"text", EscapeHtml(text)}});
  };
  if (!line.source.empty()) row("source", line.source, "");
  for (const std::string& reference : line.references) row("reference", reference, "");
  for (std::size_t s = 0; s < line.hypotheses.size(); ++s) {
    row(report.systems[s].result.name, line.hypotheses[s], fmt::format("{:.1f}", line.scores[s]));
  }
  return Part("line", {{"number", std::to_string(line.line + 1)}, {"texts", texts}});
}

std::string LineSection(const EvaluationReport& report) {
  if (report.lines.empty()) return {};
  std::string lines;
  for (const ReportLine& line : report.lines) lines += LineTable(line, report);
  return Part("lines", {{"lines", lines}});
}

}  // namespace

EvaluationReport MakeReport(const EvaluatedCorpus& corpus, const std::vector<SystemResult>& systems,
                            std::span<const Index> edges) {
  static constexpr std::array<Index, 5> kUsualEdges = {10, 20, 30, 40, 50};
  const Metric& metric = corpus.metrics().front();
  EvaluationReport report{.title = {}, .metric = metric.name, .length_of = {}};
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const EvaluatedSystem& system = corpus.systems()[s];
    report.systems.push_back(
        {.result = systems[s],
         .by_length = ScoreByLength(system.tables[0], corpus.lengths(),
                                    edges.empty() ? kUsualEdges : edges, metric.score),
         .line_scores = ScoreLines(system.tables[0], metric.line_score),
         .findings = system.findings});
  }
  return report;
}

std::string HtmlReport(const EvaluationReport& report) {
  Require(!report.systems.empty(), "a report needs a system");
  const std::string sections = ScoreSection(report) + PrecisionSection(report) +
                               LengthSection(report) + SpreadSection(report) + LineSection(report);
  return ReportPage(report.title, sections);
}

}  // namespace talmach
