// Scores of given translations: log p(target | source), by forced decoding.
//
//   #include <talmach/scoring.h>
//
//   const talmach::Scorer scorer({"runs/phrasebook/model"});
//   const std::vector<std::string> sources = {"She called her mother."};
//   const std::vector<std::string> targets = {"Sie rief ihre Mutter an."};
//   std::cout << scorer.Score(sources, targets)[0].log_probability << '\n';  // nats
//
// The score of a translation is the same as in a search that produces the same pieces.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "talmach/translator.h"

namespace TALMACH_NAMESPACE {

/// How much each source piece counted, beside the attention: the gradient of the score, what the
/// score loses without the piece, or attention times the length of the annotation
/// (docs/attention.md).
enum class Saliency { kGradient, kLeaveOneOut, kNorm };

struct ScorerOptions {
  TranslatorOptions model = {};
  std::vector<Saliency> saliency = {};  // becomes layers of the attention maps; of one model alone
};

/// Threads, lifetime and processes: as Translator.
class Scorer {
 public:
  /// Loads the models of the directories. Errors as Translator; ConfigError, too, for saliency of
  /// an ensemble and for gradients in int8.
  explicit Scorer(const std::vector<std::string>& directories, const ScorerOptions& options = {});

  /// Scores with the models of a translator, which are not loaded again.
  explicit Scorer(const Translator& translator);

  /// As many results as pairs, each with the target as its text; empty sides are scored as "</s>"
  /// alone. Errors as Translator::Translate; std::logic_error if the lengths differ.
  std::vector<ScoredText> Score(std::span<const std::string> sources,
                                std::span<const std::string> targets) const;

 private:
  std::shared_ptr<Translator::Shared> shared_;
  std::vector<Saliency> saliency_;
};

}  // namespace TALMACH_NAMESPACE
