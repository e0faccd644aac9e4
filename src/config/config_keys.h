// The table of configuration keys.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace talmach {

/// One key of the configuration.
struct ConfigKey {
  std::string name;     // with its sections: "training.batch_tokens"
  std::string values;   // what may be given, for people: "> 0", "tanh, relu", "a path"
  std::string meaning;  // with the unit
  bool is_list = false;
  bool is_path = false;

  /// Sets the field from the scalar, or the items of the list. Returns `expected` and `got` of the
  /// mistake if there is one and leaves the field alone then.
  std::function<std::optional<Complaint>(Config& config, const std::vector<std::string>& items)>
      set = {};
  /// The value as `set` takes it; empty for an unset path.
  std::function<std::vector<std::string>(const Config& config)> get = {};
};

/// All keys, section by section.
const std::vector<ConfigKey>& ConfigKeys();

/// The key of that name; null if there is none.
const ConfigKey* FindConfigKey(std::string_view name);

/// True if `name` is the beginning of keys: "training", "model.dropout".
bool IsConfigSection(std::string_view name);

/// The value as one text: "64", "[cross_entropy, bleu]".
std::string ValueText(const ConfigKey& key, const Config& config);

/// Tables of all keys with values, defaults and meanings, in Markdown: the body of
/// docs/configuration.md.
std::string ConfigKeysAsMarkdown();

}  // namespace talmach
