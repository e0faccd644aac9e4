#include "talmach/metrics.h"

#include <algorithm>

#include "base/error.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/ter.h"
#include "talmach/rethrow.h"

namespace talmach::v1 {
namespace {

static_assert(static_cast<int>(BleuSmoothing::kExponential) ==
              static_cast<int>(talmach::BleuSmoothing::kExponential));

constexpr std::array kTokenizers = {"13a", "none", "char", "intl", "zh"};

BleuTokenizer ChooseTokenizer(const std::string& name) {
  if (std::ranges::find(kTokenizers, name) != kTokenizers.end()) return MakeBleuTokenizer(name);
  throw talmach::ConfigError(
      {.where = "tokenizer", .expected = "13a, none, char, intl or zh", .got = "'" + name + "'"});
}

}  // namespace

BleuScore CorpusBleu(Lines hypotheses, References references, const BleuOptions& options) try {
  const Bleu metric({.tokenizer = ChooseTokenizer(options.tokenizer),
                     .lower_case = options.lower_case,
                     .smoothing = static_cast<talmach::BleuSmoothing>(options.smoothing),
                     .smoothing_value = options.smoothing_value,
                     .effective_order = options.effective_order},
                    options.threads);
  const talmach::BleuScore score = metric.Corpus(hypotheses, references);
  return {.score = score.score,
          .precisions = score.precisions,
          .counts = score.counts,
          .totals = score.totals,
          .brevity_penalty = score.brevity_penalty,
          .hypothesis_length = score.hypothesis_length,
          .reference_length = score.reference_length,
          .signature = score.signature};
} catch (...) {
  front::RethrowPublic();
}

ChrfScore CorpusChrf(Lines hypotheses, References references, const ChrfOptions& options) try {
  const Chrf metric({.character_order = options.character_order,
                     .word_order = options.word_order,
                     .beta = options.beta,
                     .lower_case = options.lower_case,
                     .whitespace = options.whitespace,
                     .epsilon_smoothing = options.epsilon_smoothing},
                    options.threads);
  const talmach::ChrfScore score = metric.Corpus(hypotheses, references);
  return {.score = score.score, .name = metric.Name(), .signature = score.signature};
} catch (...) {
  front::RethrowPublic();
}

TerScore CorpusTer(Lines hypotheses, References references, const TerOptions& options) try {
  const Ter metric({.normalize = options.normalize,
                    .remove_punctuation = options.remove_punctuation,
                    .asian_support = options.asian_support,
                    .case_sensitive = options.case_sensitive},
                   options.threads);
  const talmach::TerScore score = metric.Corpus(hypotheses, references);
  return {.score = score.score,
          .num_edits = score.num_edits,
          .reference_length = score.reference_length,
          .signature = score.signature};
} catch (...) {
  front::RethrowPublic();
}

}  // namespace talmach::v1
