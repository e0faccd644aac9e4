// Checks of a whole configuration: ranges, which the table of keys gives, and contradictions
// between keys.
#pragma once

#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace talmach {

/// What is wrong with the configuration though each key is in its range (cosine without a limit,
/// plateau without validation, …); each complaint names its keys.
std::vector<Complaint> Contradictions(const Config& config);

/// Throws ConfigError naming the key of the first value that is out of range or contradicts
/// another, or the vocabularies the tokenizers have.
void Validate(const Config& config, const VocabularySizes& vocabulary);

}  // namespace talmach
