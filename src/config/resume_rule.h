// What a run that is resumed does when a key of the configuration has changed.
//
// Refused: what the state of training depends on (the shape of the model, vocabularies, batches,
// the objective, the optimizer and its schedule, the metric that decides what is best).
// Reported: what changes the further course but makes sense (workers, threads, precision, the place
// of the corpus, and, under the cosine schedule, the limits).
// Free: all the rest (limits, periods of display, validation and saving, patience).
// A fourth kind is built into the tokenizers: refused as well, but against the configuration the
// model directory was made with, since a checkpoint knows only what came of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "config/config.h"

namespace talmach {

struct ResumeRule {
  enum class Change { kRefused, kReported, kFree, kBuiltIn };

  Change change = Change::kFree;
  /// In which configurations a change matters; null: in all.
  bool (*matters)(const Config& config) = nullptr;
  /// What checkpoints note instead of the value, such as the checksum of a file; null: the value.
  nlohmann::json (*noted)(const Config& config) = nullptr;
  /// What of the value is noted, if only a part is; "" otherwise.
  const char* part = "";
};

inline constexpr ResumeRule kRefused{.change = ResumeRule::Change::kRefused};
inline constexpr ResumeRule kReported{.change = ResumeRule::Change::kReported};
inline constexpr ResumeRule kFree{.change = ResumeRule::Change::kFree};
inline constexpr ResumeRule kBuiltIn{.change = ResumeRule::Change::kBuiltIn};

constexpr ResumeRule RefusedIf(bool (*matters)(const Config& config)) {
  return {.change = ResumeRule::Change::kRefused, .matters = matters};
}
constexpr ResumeRule ReportedIf(bool (*matters)(const Config& config)) {
  return {.change = ResumeRule::Change::kReported, .matters = matters};
}

/// Of the first corpus.
bool IsTsv(const Config& config);
bool HasSeveralCorpora(const Config& config);
bool IsMixedByWeights(const Config& config);
/// The schedule spreads over the whole run, so that limits shape it.
bool IsCosine(const Config& config);
/// Some corpus has word links.
bool HasLinks(const Config& config);
bool HasValidation(const Config& config);
/// Scores of translations decide what is best: they are compared across the parts of a run.
bool IsChosenByTranslations(const Config& config);
/// A script is among the metrics, whose best score checkpoints keep.
bool HasScript(const Config& config);

/// The precision and the number of threads as they come out on this machine.
ResumeRule PrecisionRule();
ResumeRule ThreadsRule();
/// What the links of all corpora say, wherever the files lie and whether they are compressed.
ResumeRule LinksRule();
/// They are refused there, for all corpora together.
ResumeRule LinksOfCorpusRule();
/// The metric that decides what is best, the first.
ResumeRule MetricRule();

/// "refused", "reported" or "free".
const char* ToString(ResumeRule::Change change);

}  // namespace talmach
