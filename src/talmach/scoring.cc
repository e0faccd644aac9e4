#include "talmach/scoring.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/saliency.h"
#include "talmach/rethrow.h"
#include "talmach/shared_engines.h"

namespace talmach::v1 {
namespace {

static_assert(static_cast<int>(Saliency::kNorm) == static_cast<int>(SaliencyMethod::kNorm));

front::EnginesOptions MakeEnginesOptions(const std::vector<std::string>& directories,
                                         const ScorerOptions& options) {
  front::EnginesOptions result = front::MakeEnginesOptions(directories, options.model);
  if (std::ranges::find(options.saliency, Saliency::kGradient) != options.saliency.end()) {
    result.passes = Passes::kForwardAndBackward;
  }
  return result;
}

}  // namespace

Scorer::Scorer(const std::vector<std::string>& directories, const ScorerOptions& options) try
    : shared_(std::make_shared<Translator::Shared>(directories,
                                                   MakeEnginesOptions(directories, options))),
      saliency_(options.saliency) {
  Score({}, {});  // impossible options are an error here
} catch (...) {
  front::RethrowPublic();
}

Scorer::Scorer(const Translator& translator) : shared_(translator.shared_) {}

std::vector<ScoredText> Scorer::Score(std::span<const std::string> sources,
                                      std::span<const std::string> targets) const try {
  Require(sources.size() == targets.size(), "a target for each source");
  std::vector<std::string> repaired_sources, repaired_targets;
  talmach::TranslatorOptions options = shared_->CallOptions();
  for (const Saliency method : saliency_) {
    options.saliency.push_back(static_cast<SaliencyMethod>(method));
  }
  std::vector<ScoredText> results;
  for (talmach::Translation& scored :
       shared_->Borrow(options)->Score(front::WellFormed(sources, &repaired_sources),
                                       front::WellFormed(targets, &repaired_targets))) {
    results.push_back(front::ToPublic(std::move(scored.candidates.front())));
  }
  return results;
} catch (...) {
  front::RethrowPublic();
}

}  // namespace talmach::v1
