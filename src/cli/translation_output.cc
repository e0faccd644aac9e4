#include "cli/translation_output.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/command_line.h"
#include "cli/did_you_mean.h"
#include "heatmap/pharaoh.h"

namespace talmach {
namespace {

std::string FormatAlignment(const AttentionMap& map, const AlignmentOutput& output) {
  switch (output.kind) {
    case AlignmentOutput::Kind::kHard:
      return ToPharaoh(HardAlignment(map));
    case AlignmentOutput::Kind::kSoft:
      return SoftAlignment(map);
    case AlignmentOutput::Kind::kThreshold:
      break;
  }
  return ToPharaoh(ThresholdAlignment(map, output.threshold));
}

}  // namespace

AlignmentOutput ParseAlignmentOutput(const std::string& text) {
  if (text == "hard") return {.kind = AlignmentOutput::Kind::kHard};
  if (text == "soft") return {.kind = AlignmentOutput::Kind::kSoft};
  const auto number = ParseNumber(text, {1e-6, 1}, /*integer=*/false);
  if (number) return {.kind = AlignmentOutput::Kind::kThreshold, .threshold = *number};
  const std::vector<std::string> words = {"hard", "soft"};
  throw ConfigError({.where = "--alignment",
                     .expected = "hard, soft or a threshold in (0, 1]",
                     .got = text,
                     .hint = DidYouMean(text, words)});
}

std::string FormatWordScores(const ScoredText& candidate) {
  std::string text = "WordScores=";
  for (const float score : candidate.piece_scores) text += fmt::format(" {:.6g}", score);
  return text;
}

std::string FormatCandidate(const ScoredText& candidate, const TranslationOutput& output) {
  std::string text = candidate.text;
  if (output.alignment) {
    text += " ||| " + FormatAlignment(candidate.attention, *output.alignment);
  }
  if (output.word_scores) text += " ||| " + FormatWordScores(candidate);
  if (!output.n_best) return text;
  return fmt::format("{} ||| {} ||| F0= {:.6g} ||| {:.6g}", candidate.attention.line, text,
                     candidate.log_probability, candidate.score);
}

}  // namespace talmach
