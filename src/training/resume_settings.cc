// Tested by tests/training/trainer_test.cc.
#include "training/resume_settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "config/config_keys.h"
#include "config/corpus_keys.h"

namespace talmach {
namespace {

using Change = ResumeRule::Change;

// "validation.metrics (first)" is noted of a key that is noted in part.
std::string NotedName(const std::string& key, const char* part) {
  return *part == '\0' ? key : fmt::format("{} ({})", key, part);
}

// "data.train[2].source" is the same key as "data.train.source".
bool IsReported(std::string name) {
  if (const std::size_t bracket = name.find('['); bracket != std::string::npos) {
    name.erase(bracket, name.find(']') + 1 - bracket);
  }
  const ConfigKey* key = FindConfigKey(name);
  return key != nullptr && key->resume.change == Change::kReported;
}

std::string NumCorporaName() { return NotedName(std::string(kCorpusSection), "corpora"); }

// What a checkpoint notes, and of what those of earlier versions did not know, how it was then:
// they had one corpus, without a tag. Null: unknown, and no change.
TrainingSettings NotedIn(const TrainingSettings& saved, const std::string& name) {
  if (saved.contains(name)) return saved.at(name);
  if (name == NumCorporaName()) return 1;
  if (name == NameOfCorpusKey(Config(), 0, &CorpusOptions::tag)) return "";
  return {};
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
  settings[NumCorporaName()] = setup.data.train.size();
  ForEachKey(setup, [&](const ConfigKey& key, const std::string& name, const Config& view) {
    const ResumeRule& rule = key.resume;
    const bool is_noted = rule.change == Change::kRefused || rule.change == Change::kReported;
    if (!is_noted || (rule.matters != nullptr && !rule.matters(view))) return;
    settings[NotedName(name, rule.part)] =
        rule.noted != nullptr ? rule.noted(view) : key.json(view);
  });
  return settings;
}

TrainingSettings CorpusSettings(const Config& config,
                                const std::vector<CorpusChecksums>& checksums) {
  TrainingSettings settings;
  for (std::size_t i = 0; i < checksums.size(); ++i) {
    const auto name = [&](auto member) {
      return NotedName(NameOfCorpusKey(config, i, member), "text");
    };
    settings[name(&CorpusOptions::source)] = checksums[i].source;
    settings[name(&CorpusOptions::target)] = checksums[i].target;
  }
  return settings;
}

std::vector<std::string> CompareSettings(const TrainingSettings& saved,
                                         const TrainingSettings& current, const std::string& path) {
  std::vector<std::string> notices;
  for (const auto& [key, value] : current.items()) {
    const TrainingSettings before = NotedIn(saved, key);
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
