// Tested by tests/integration/program_test.py.
#include "cli/key_flags.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"

namespace talmach {
namespace {

std::string FlagName(const ConfigKey& key) {
  std::string name = key.name.substr(key.name.rfind('.') + 1);
  std::ranges::replace(name, '_', '-');
  return name;
}

// "unigram, bpe" → "unigram|bpe"; ranges are in the meaning.
std::string ValueName(const ConfigKey& key) {
  if (key.is_list) return "WORD…";
  if (key.values.find(", ") == std::string::npos) return "N";
  std::string words = key.values;
  for (std::size_t at; (at = words.find(", ")) != std::string::npos;) words.replace(at, 2, "|");
  return words;
}

void SetFromFlag(const ConfigKey& key, Config* config, const std::vector<std::string>& items) {
  std::optional<Complaint> mistake = key.set(*config, items);
  if (!mistake) return;
  mistake->where = "--" + FlagName(key);
  throw ConfigError(*mistake);
}

}  // namespace

void AddKeyFlag(const ConfigKey& key, Config* config, FlagGroup* group) {
  const std::string name = FlagName(key);
  if (key.is_list) {
    group->CustomList(
        name, ValueName(key), key.meaning,
        [&key, config](const std::vector<std::string>& items) { SetFromFlag(key, config, items); });
    return;
  }
  std::optional<std::string> implicit;
  if (ValueName(key) == "true|false") implicit = "true";
  group->Custom(name, ValueName(key) + " (= " + ValueText(key, *config) + ")", implicit,
                key.meaning,
                [&key, config](const std::string& text) { SetFromFlag(key, config, {text}); });
}

}  // namespace talmach
