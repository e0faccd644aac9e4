// Translations drawn at random from the model instead of searched for.
//
// Each token is drawn from softmax(log p / temperature), restricted to all tokens, the k most
// probable (Fan et al. 2018) or the fewest whose probabilities reach p (Holtzman et al. 2020).
// Line i draws from its own stream of random numbers, so a line's sample depends on the seed and
// its number alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/beam_search.h"

namespace talmach {

struct SamplingOptions {
  enum class Method { kFull, kTopK, kTopP };

  Method method = Method::kFull;
  Index top_k = 10;          // for kTopK
  double top_p = 0.9;        // for kTopP, in (0, 1]
  double temperature = 1.0;  // > 0
  std::uint64_t seed = 1;
};

/// Throws ConfigError if options are impossible.
void Validate(const SamplingOptions& options);

/// One sample for each source; arguments as BeamSearch, whose length limit, normalisation and
/// bans apply. keys[i] seeds source i. Log-probabilities are the model's own, before temperature
/// and restriction.
std::vector<Hypothesis> SampleTranslations(const Ensemble& ensemble, const SearchInputs& inputs,
                                           std::span<const std::uint64_t> keys,
                                           const BeamSearchOptions& beam_options,
                                           const SamplingOptions& options,
                                           EnsembleWorkspace& workspace);

}  // namespace talmach
