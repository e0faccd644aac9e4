// A commented configuration for a user's own text: `talmach config init`.
#pragma once

#include <string>

namespace talmach {

/// How large a model to propose: for some thousand, some ten thousand and some million pairs.
enum class ConfigSize { kSmall, kMedium, kLarge };

/// YAML that sets what users change first, each key under its meaning and unit as the key table
/// gives them. It expects train.source, train.target, valid.source and valid.target beside it.
std::string ConfigTemplate(ConfigSize size);

}  // namespace talmach
