// How translations are printed, in the formats of Marian:
//   text                                                      the plain case
//   text ||| 0-0 1-2                                          --alignment
//   text ||| WordScores= -0.1 -0.2                            --word-scores
//   0 ||| text ||| F0= -3.5 ||| -0.7                          --n-best: line, F0 = log p, score
// Alignment and word scores stand, in this order, behind the text in every case.
#pragma once

#include <optional>
#include <string>

#include "heatmap/attention_map.h"
#include "search/translator.h"

namespace talmach {

/// Which links `--alignment` prints.
struct AlignmentOutput {
  enum class Kind { kHard, kSoft, kThreshold };
  Kind kind = Kind::kHard;
  double threshold = 1.0;
};

/// Parses hard, soft or a number in (0, 1]. Throws ConfigError.
AlignmentOutput ParseAlignmentOutput(const std::string& text);

struct TranslationOutput {
  bool n_best = false;
  bool word_scores = false;
  std::optional<AlignmentOutput> alignment = {};
};

/// The line for one candidate, without the line break.
std::string FormatCandidate(const ScoredText& candidate, const TranslationOutput& output);

/// "WordScores= -0.1 -0.2": log p of each piece and of `</s>`, in nats.
std::string FormatWordScores(const ScoredText& candidate);

}  // namespace talmach
