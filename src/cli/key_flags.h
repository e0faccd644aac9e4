// Flags that are keys of the configuration: name, range, default and meaning stand in the key table
// alone (config/config_keys.h).
#pragma once

#include "cli/command_line.h"
#include "config/config.h"
#include "config/config_keys.h"

namespace talmach {

/// Adds the flag that sets `key` in `*config`, called like the last part of the key's name:
/// tokenizer.split_digits is --split-digits. A switch that stands alone is true, a list may be
/// given in one go or word by word. `config` must live until Parse has returned.
void AddKeyFlag(const ConfigKey& key, Config* config, FlagGroup* group);

}  // namespace talmach
