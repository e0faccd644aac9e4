// Scores as sacreBLEU writes them: one system as a line or a JSON object, several as
// a table of systems by metrics. Signatures are lists of key:value with | between, which JSON takes
// apart into members of their own.
#include "report/score_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/types.h"
#include "report/score_parts.h"
#include "report/text_table.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

std::string ConfidenceText(const ConfidenceInterval& confidence, int width) {
  return fmt::format("μ = {:.{}f} ± {:.{}f}", confidence.mean, width, confidence.half_width, width);
}

std::string ScoreText(const MetricResult& result, int width) {
  std::string text = fmt::format("{:.{}f}", result.score, width);
  if (result.confidence) text += fmt::format(" ({})", ConfidenceText(*result.confidence, width));
  return text;
}

// "34.5 (34.5 ± 1.2)" and, behind `separator`, "(p = 0.0010)*", the mark where p ≤ 0.05.
std::string CellText(const MetricResult& result, int width, char separator) {
  std::string text = fmt::format("{:.{}f}", result.score, width);
  if (result.confidence) {
    text += fmt::format(" ({:.{}f} ± {:.{}f})", result.confidence->mean, width,
                        result.confidence->half_width, width);
  }
  if (result.p_value) {
    text += fmt::format("{}(p = {:.4f}){}", separator, *result.p_value,
                        *result.p_value > 0.05 ? "" : "*");
  }
  return text;
}

// The parts "key:value" of a signature as members.
void AddSignatureParts(const std::string& signature, Json* json) {
  for (std::size_t start = 0; start < signature.size();) {
    const std::size_t end = std::min(signature.find('|', start), signature.size());
    const std::string part = signature.substr(start, end - start);
    const std::size_t colon = part.find(':');
    if (colon != std::string::npos) (*json)[part.substr(0, colon)] = part.substr(colon + 1);
    start = end + 1;
  }
}

}  // namespace

std::string FormatScore(const MetricResult& result, int width, bool score_only) {
  if (score_only) return ScoreText(result, width);
  std::string text = result.name;
  if (!result.signature.empty()) text += "|" + result.signature;
  text += " = " + ScoreText(result, width);
  const std::string parts = PartsText(result);
  if (!parts.empty()) text += " " + parts;
  return text;
}

std::string FormatScores(std::span<const MetricResult> results, int width) {
  std::vector<std::string> lines;
  std::size_t longest = 0;
  for (const MetricResult& result : results) {
    lines.push_back(FormatScore(result, width, false));
    longest = std::max(longest, lines.back().find(" = "));
  }
  std::string text;
  for (const std::string& line : lines) {
    text.append(longest - line.find(" = "), ' ').append(line).push_back('\n');
  }
  return text;
}

std::string FormatScoresOnly(std::span<const SystemResult> systems, int width, bool json) {
  const bool several = systems.size() > 1;
  std::vector<std::string> lines;
  for (const SystemResult& system : systems) {
    std::vector<std::string> scores;
    for (const MetricResult& result : system.metrics) {
      scores.push_back(FormatScore(result, width, true));
    }
    if (!several) {
      lines = scores;
    } else if (json && scores.size() > 1) {
      lines.push_back(fmt::format("[{}]", fmt::join(scores, ", ")));
    } else {
      lines.push_back(fmt::format("{}", fmt::join(scores, "\t")));
    }
  }
  if (!json || lines.size() == 1) return fmt::format("{}", fmt::join(lines, "\n"));
  return fmt::format("[\n{}\n]", fmt::join(lines, ",\n"));
}

Json ScoreJson(const MetricResult& result, int width) {
  Json json = {{"name", result.name}, {"score", result.score}, {"signature", result.signature}};
  if (result.confidence) {
    json["confidence_mean"] = result.confidence->mean;
    json["confidence_var"] = result.confidence->half_width;
    json["confidence"] = ConfidenceText(*result.confidence, width);
  }
  const std::string parts = PartsText(result);
  if (!parts.empty()) json["verbose_score"] = parts;
  AddSignatureParts(result.signature, &json);
  json.update(PartsJson(result));
  return json;
}

Json ScoresJson(std::span<const MetricResult> results, int width) {
  if (results.size() == 1) return ScoreJson(results.front(), width);
  Json list = Json::array();
  for (const MetricResult& result : results) list.push_back(ScoreJson(result, width));
  return list;
}

std::string FormatSystems(std::span<const SystemResult> systems, int width, TableLook look) {
  TableRows rows(1, {"System"});
  for (const MetricResult& result : systems.front().metrics) {
    rows[0].push_back(result.name + (result.confidence ? " (μ ± 95% CI)" : ""));
  }
  const char separator = look == TableLook::kGrid ? '\n' : ' ';
  bool is_tested = false;
  for (const SystemResult& system : systems) {
    rows.push_back({system.name});
    for (const MetricResult& result : system.metrics) {
      rows.back().push_back(CellText(result, width, separator));
      is_tested |= result.p_value.has_value();
    }
  }
  std::string text = (look == TableLook::kGrid ? GridTable(rows) : LatexTable(rows)) + "\n";
  if (is_tested) {
    text += fmt::format(
        "p: how often chance alone makes a difference to '{}' as large as this; * p ≤ 0.05\n\n",
        systems.front().name);
  }
  const std::string line(17, '-');
  text += line + "\nMetric signatures\n" + line + "\n";
  for (const MetricResult& result : systems.front().metrics) {
    text += fmt::format(" - {:<10} {}\n", result.name, result.signature);
  }
  return text;
}

Json SystemsJson(std::span<const SystemResult> systems) {
  Json list = Json::array();
  for (const SystemResult& system : systems) {
    Json entry = {{"system", system.name}};
    for (const MetricResult& result : system.metrics) {
      Json numbers = {
          {"score", result.score}, {"p_value", nullptr}, {"mean", nullptr}, {"ci", nullptr}};
      if (result.p_value) numbers["p_value"] = *result.p_value;
      if (result.confidence) {
        numbers["mean"] = result.confidence->mean;
        numbers["ci"] = result.confidence->half_width;
      }
      numbers["signature"] = result.signature;
      numbers.update(PartsJson(result));
      entry[result.name] = numbers;
    }
    list.push_back(entry);
  }
  return list;
}

}  // namespace talmach
