// Names of tensors (docs/model.md) as people select them.
#pragma once

#include <string>

namespace talmach {

/// Whether `pattern` is a name, or the beginning of it up to a dot: "encoder.layers.0" stands for
/// all that lies in that layer. In a pattern `*` is any text.
bool MatchesName(const std::string& pattern, const std::string& name);

}  // namespace talmach
