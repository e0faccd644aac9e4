#include "report/line_differences.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace talmach {

using Json = nlohmann::ordered_json;

std::vector<ReportLine> FindDifferences(const EvaluatedCorpus& corpus, Index count) {
  const std::vector<EvaluatedSystem>& systems = corpus.systems();
  const ScoreFunction& score = corpus.metrics().front().line_score;
  std::vector<ReportLine> lines;
  for (const LineDifference& difference :
       LargestDifferences(ScoreLines(systems[0].tables[0], score),
                          ScoreLines(systems[1].tables[0], score), count)) {
    ReportLine line{.line = difference.line, .scores = {difference.first, difference.second}};
    if (!corpus.source().empty()) line.source = corpus.source()[line.line];
    std::vector<std::string_view> references;
    ReferencesOfLine(corpus.references(), line.line, &references);
    line.references.assign(references.begin(), references.end());
    for (const EvaluatedSystem& system : systems)
      line.hypotheses.push_back(system.lines[line.line]);
    lines.push_back(line);
  }
  return lines;
}

std::string DifferencesText(std::span<const ReportLine> lines,
                            std::span<const SystemResult> systems, const std::string& metric) {
  std::string text;
  for (const ReportLine& line : lines) {
    text += fmt::format("\nline {}: {} {:.1f} against {:.1f}\n", line.line + 1, metric,
                        line.scores[0], line.scores[1]);
    if (!line.source.empty()) text += "  source: " + line.source + "\n";
    for (const std::string& reference : line.references) text += "  reference: " + reference + "\n";
    for (std::size_t s = 0; s < systems.size(); ++s) {
      text += fmt::format("  {}: {}\n", systems[s].name, line.hypotheses[s]);
    }
  }
  return text;
}

Json DifferencesJson(std::span<const ReportLine> lines) {
  Json list = Json::array();
  for (const ReportLine& line : lines) {
    list.push_back({{"line", line.line + 1},
                    {"scores", line.scores},
                    {"source", line.source},
                    {"references", line.references},
                    {"hypotheses", line.hypotheses}});
  }
  return list;
}

}  // namespace talmach
