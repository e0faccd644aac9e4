// Tested by tests/report/score_format_test.cc and tests/cli/evaluate_command_test.cc.
#include "report/evaluation_format.h"

#include <nlohmann/json.hpp>

#include "report/length_scores.h"
#include "report/score_format.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

std::string JsonOf(std::span<const SystemResult> systems, std::span<const ReportLine> differences,
                   const EvaluationLook& look) {
  Json json =
      systems.size() == 1 ? ScoresJson(systems.front().metrics, look.width) : SystemsJson(systems);
  if (look.compare) json = {{"systems", json}, {"differences", DifferencesJson(differences)}};
  return json.dump(1);
}

}  // namespace

std::string FormatEvaluation(std::span<const SystemResult> systems,
                             std::span<const ReportLine> differences, const EvaluationLook& look) {
  const bool json = look.format == ScoreFormat::kJson;
  if (look.score_only && !look.compare) return FormatScoresOnly(systems, look.width, json);
  if (json) return JsonOf(systems, differences, look);
  const std::vector<MetricResult>& results = systems.front().metrics;
  const TableLook table = look.format == ScoreFormat::kLatex ? TableLook::kLatex : TableLook::kGrid;
  const std::string scores = systems.size() == 1 ? FormatScores(results, look.width)
                                                 : FormatSystems(systems, look.width, table);
  return scores + LengthText(systems, look.width) +
         DifferencesText(differences, systems, results.front().name);
}

std::string FormatLineScore(const MetricResult& result, const EvaluationLook& look) {
  return look.format == ScoreFormat::kJson ? ScoreJson(result, look.width).dump()
                                           : FormatScore(result, look.width, look.score_only);
}

}  // namespace talmach
