// Tested by tests/config/config_test.cc.
#include "config/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/key_sections.h"

namespace talmach {
namespace {

std::vector<ConfigKey> MakeKeys() {
  ConfigKeyTable table;
  AddData(table);
  AddTokenizer(table);
  AddModel(table);
  AddDropout(table);
  AddTraining(table);
  AddValidation(table);
  AddTranslation(table);
  table.Duration("logging.display_every", kFree, TALMACH_FIELD(logging.display_every),
                 "between lines of progress, in updates (u) or epochs (e)");
  table.Also({"disp_freq", "logging_freq", "report_every", "log_interval", "logging_steps"});
  return std::move(table.keys);
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = MakeKeys();
  return keys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  const auto found = std::ranges::find(ConfigKeys(), name, &ConfigKey::name);
  return found == ConfigKeys().end() ? nullptr : &*found;
}

const std::string& NameOf(const Config& config, const void* field) {
  const auto found = std::ranges::find_if(
      ConfigKeys(), [&](const ConfigKey& key) { return key.address(config) == field; });
  Require(found != ConfigKeys().end(), "every field of a configuration has a key");
  return found->name;
}

bool IsConfigSection(std::string_view name) {
  return std::ranges::any_of(ConfigKeys(), [&](const ConfigKey& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) &&
           key.name[name.size()] == '.';
  });
}

std::string ValueText(const ConfigKey& key, const Config& config) {
  const std::vector<std::string> items = key.get(config);
  if (key.is_list) return fmt::format("[{}]", fmt::join(items, ", "));
  return items.empty() ? "" : items.front();
}

std::string ConfigKeysAsMarkdown() {
  const Config defaults;
  std::string text;
  std::string section;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string of_key = key.name.substr(0, key.name.find('.'));
    if (of_key != section) {
      text += fmt::format(
          "{}## {}\n\n| key | values | default | when resumed | meaning |\n|---|---|---|---|---|\n",
          text.empty() ? "" : "\n", of_key);
      section = of_key;
    }
    const std::string value = ValueText(key, defaults);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, key.values,
                        value.empty() ? "none" : "`" + value + "`", ToString(key.resume.change),
                        key.meaning);
  }
  return text;
}

}  // namespace talmach
