// Tested by tests/training/trainer_test.cc.
#include "training/resume_settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

using Change = ResumeRule::Change;

// "validation.metrics (first)" is noted of a key that is noted in part.
std::string NotedName(const std::string& key, const char* part) {
  return *part == '\0' ? key : fmt::format("{} ({})", key, part);
}

bool IsReported(const std::string& name) {
  const ConfigKey* key = FindConfigKey(name);
  return key != nullptr && key->resume.change == Change::kReported;
}

// As it was written: 0.1 and not 0.10000000149011612, which a float of 0.1 is as a double.
std::string ValueText(const TrainingSettings& value) {
  if (!value.is_number_float()) return value.dump();
  const auto number = value.get<double>();
  const auto rounded = static_cast<float>(number);
  return static_cast<double>(rounded) == number ? fmt::format("{}", rounded) : value.dump();
}

}  // namespace

TrainingSettings SettingsOf(const TrainingSetup& setup) {
  TrainingSettings settings;
  settings["tokenizer.source_vocabulary"] = setup.source_tokenizer->Hash();
  settings["tokenizer.target_vocabulary"] = setup.target_tokenizer->Hash();
  for (const ConfigKey& key : ConfigKeys()) {
    const ResumeRule& rule = key.resume;
    const bool is_noted = rule.change == Change::kRefused || rule.change == Change::kReported;
    if (!is_noted || (rule.matters != nullptr && !rule.matters(setup))) continue;
    settings[NotedName(key.name, rule.part)] =
        rule.noted != nullptr ? rule.noted(setup) : key.json(setup);
  }
  return settings;
}

TrainingSettings CorpusSettings(const std::string& source_checksum,
                                const std::string& target_checksum) {
  const auto& source = KeyName(&Config::data, &TrainingDataOptions::train_source);
  const auto& target = KeyName(&Config::data, &TrainingDataOptions::train_target);
  return {{NotedName(source, "text"), source_checksum},
          {NotedName(target, "text"), target_checksum}};
}

std::vector<std::string> CompareSettings(const TrainingSettings& saved,
                                         const TrainingSettings& current, const std::string& path) {
  std::vector<std::string> notices;
  for (const auto& [key, value] : current.items()) {
    const TrainingSettings before = saved.value(key, TrainingSettings());
    if (before == value || before.is_null()) continue;
    if (IsReported(key)) {
      notices.push_back(key + " was " + ValueText(before) + " and is now " + ValueText(value));
      continue;
    }
    throw ConfigError({.where = key,
                       .what = "cannot change while a run is resumed",
                       .expected = ValueText(before) + " as in " + path,
                       .got = ValueText(value),
                       .hint = "change it back, start anew with --fresh, or train into another "
                               "directory"});
  }
  return notices;
}

}  // namespace talmach
