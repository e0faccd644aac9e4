// How translations are printed, in the formats of Marian:
//   text                                                      the plain case
//   text ||| 0-0 1-2                                          --alignment
//   text ||| WordScores= -0.1 -0.2                            --word-scores
//   0 ||| text ||| F0= -3.5 ||| -0.7                          --n-best: line, F0 = log p, score
// Alignment and word scores stand, in this order, behind the text in every case.
#pragma once

#include <optional>
#include <string>

#include "alignment/links.h"
#include "attention/attention_map.h"
#include "attention/word_units.h"
#include "cli/command_line.h"
#include "search/translator.h"

namespace talmach {

/// Which links `--alignment` prints.
struct AlignmentOutput {
  enum class Kind { kHard, kSoft, kThreshold };
  Kind kind = Kind::kHard;
  double threshold = 1.0;
  bool shift = false;  // read the link of y_i from the row of y_{i+1}
  Units units = Units::kPiece;
};

/// Sets kind and threshold from `text`: hard, a number in (0, 1] or, if `allow_soft`, soft. Throws
/// ConfigError about `flag`.
void ParseAlignmentKind(const std::string& flag, bool allow_soft, const std::string& text,
                        AlignmentOutput* output);

/// The links of `map`. Its kind is not kSoft.
Alignment LinksOf(const AttentionMap& map, const AlignmentOutput& output);

/// The links, or all weights, as `--alignment` prints them.
std::string FormatAlignment(const AttentionMap& map, const AlignmentOutput& output);

/// The flags --alignment, --alignment-shift and --alignment-units of translate and score.
class AlignmentFlags {
 public:
  void Declare(FlagGroup& group);
  /// What they ask for; nothing without --alignment. Throws ConfigError if the others stand alone.
  std::optional<AlignmentOutput> Resolve(const CommandLine& line) const;

 private:
  bool wanted_ = false;
  AlignmentOutput output_;
};

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
