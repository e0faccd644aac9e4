// Scores as text and JSON, in the shapes that scripts around sacreBLEU parse.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "evaluation/metric.h"

namespace talmach {

/// "BLEU|nrefs:1|… = 34.5 (μ = 34.5 ± 1.2) 60.1/… (BP = …)", or the score alone. `width` is the
/// number of decimals.
std::string FormatScore(const MetricResult& result, int width, bool score_only);

/// The lines of several metrics, their equals signs below each other.
std::string FormatScores(std::span<const MetricResult> results, int width);

/// The scores alone. One system: a line for each metric or, as JSON, what sacreBLEU prints: the
/// number of one metric, a list of those of several. Several systems: a line for each, its metrics
/// separated by tabs or, as JSON, a list of what one system would be.
std::string FormatScoresOnly(std::span<const SystemResult> systems, int width, bool json);

/// name, score, signature, confidence, verbose_score, the signature's parts, then the details.
/// Scores are in full precision; `width` is that of the confidence text.
nlohmann::ordered_json ScoreJson(const MetricResult& result, int width);

/// As sacreBLEU prints it: the object of one metric, a list of those of several.
nlohmann::ordered_json ScoresJson(std::span<const MetricResult> results, int width);

enum class TableLook { kGrid, kLatex };

/// A table of several systems, a row each, and the signatures below it.
std::string FormatSystems(std::span<const SystemResult> systems, int width,
                          TableLook look = TableLook::kGrid);

/// [{"system": …, "BLEU": {"score": …, "p_value": …, "mean": …, "ci": …, …}}, …].
nlohmann::ordered_json SystemsJson(std::span<const SystemResult> systems);

}  // namespace talmach
