// Lines as other tools print them: Pharaoh links (0-0 1-2), and the n-best format of Moses, fields
// separated by |||. Links are read from a prepared map: first the rows are shifted, where the
// attention of the next piece is what should count, then pieces become words.
#include "cli/translation_output.h"

#include <fmt/format.h>

#include "attention/attention_links.h"
#include "base/did_you_mean.h"
#include "base/error.h"
#include "cli/command_line.h"

namespace talmach {
namespace {

// The rows and columns that links are read from.
AttentionMap Prepared(const AttentionMap& map, const AlignmentOutput& output) {
  return InUnits(output.shift ? ShiftRows(map) : map, output.units);
}

}  // namespace

void ParseAlignmentKind(const std::string& flag, bool allow_soft, const std::string& text,
                        AlignmentOutput* output) {
  using Kind = AlignmentOutput::Kind;
  const auto number = ParseNumber(text, {1e-6, 1}, /*integer=*/false);
  if (text == "hard" || (allow_soft && text == "soft") || number) {
    output->kind = number ? Kind::kThreshold : text == "hard" ? Kind::kHard : Kind::kSoft;
    output->threshold = number.value_or(1.0);
    return;
  }
  std::vector<std::string> words = {"hard"};
  if (allow_soft) words.push_back("soft");
  throw ConfigError({.where = flag,
                     .expected = fmt::format("{} or a threshold in (0, 1]", fmt::join(words, ", ")),
                     .got = text,
                     .hint = DidYouMean(text, words)});
}

Alignment LinksOf(const AttentionMap& map, const AlignmentOutput& output) {
  const AttentionMap prepared = Prepared(map, output);
  return output.kind == AlignmentOutput::Kind::kHard
             ? HardAlignment(prepared)
             : ThresholdAlignment(prepared, output.threshold);
}

std::string FormatAlignment(const AttentionMap& map, const AlignmentOutput& output) {
  if (output.kind == AlignmentOutput::Kind::kSoft) return SoftAlignment(Prepared(map, output));
  return ToPharaoh(LinksOf(map, output));
}

void AlignmentFlags::Declare(FlagGroup& group) {
  group
      .Custom("alignment", "hard|soft|THRESHOLD", "hard",
              "print which source units the attention was on",
              [this](const std::string& text) {
                wanted_ = true;
                ParseAlignmentKind("--alignment", /*allow_soft=*/true, text, &output_);
              })
      .Switch("alignment-shift", &output_.shift,
              "read the links of a target piece from the attention of the next one")
      .Choice("alignment-units", &output_.units, {{"piece", Units::kPiece}, {"word", Units::kWord}},
              "what the links join");
}

std::optional<AlignmentOutput> AlignmentFlags::Resolve(const CommandLine& line) const {
  if (wanted_) return output_;
  line.Refuse({"alignment-shift", "alignment-units"}, "is for --alignment only");
  return std::nullopt;
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
