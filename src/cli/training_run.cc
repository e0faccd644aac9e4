// Tested by tests/integration/program_test.py.
//
// Every key of the section `training` is also a flag. Flags are made from the table of keys, so a
// new key needs no line here; what a flag changes takes the same way as --set, behind the files and
// --set itself, and errors name the flag. Only `threads` is missing: --threads counts the
// processors of the whole command, which its workers share.
#include "cli/training_run.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "cli/signals.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

constexpr std::string_view kTrainingSection = "training.";

}  // namespace

void WarnOfIdleKeys(const Config& config) {
  const TrainingOptions& training = config.training;
  const TrainingOptions defaults;
  const auto name = [&](const void* field) { return NameOf(config, field); };
  const auto warn = [&](bool is_idle, const void* field, const std::string& need) {
    if (is_idle) Log().warn("{}: does nothing without {}", name(field), need);
  };
  warn(!HasLinks(config) && training.guided_alignment.weight != defaults.guided_alignment.weight,
       &training.guided_alignment.weight, name(&training.guided_alignment.links));
  const bool has_weights = IsMixedByWeights(config) && HasSeveralCorpora(config);
  const std::string weights = name(&config.data.mixing.type) + " weights of several corpora";
  warn(!has_weights && config.data.mixing.temperature != 1.0, &config.data.mixing.temperature,
       weights);
  warn(!has_weights && config.data.train.front().weight > 0, &config.data.train.front().weight,
       weights);
  warn(training.early_stopping == 0 && config.validation.stop_on != StopOn::kFirst,
       &config.validation.stop_on, name(&training.early_stopping));
  const bool is_plateau = training.schedule == ScheduleType::kPlateau;
  warn(!is_plateau && training.plateau_patience != defaults.plateau_patience,
       &training.plateau_patience, name(&training.schedule) + " plateau");
  warn(!is_plateau && training.schedule != ScheduleType::kCosine &&
           training.minimum_learning_rate != defaults.minimum_learning_rate,
       &training.minimum_learning_rate, name(&training.schedule) + " cosine or plateau");
}

void ConfigFlags::Declare(CommandLine& line) {
  const Config defaults;
  line.Group("Configuration")
      .List("config,c", &paths_, "FILE.yaml…", "configuration; later files override earlier ones")
      .List("set", &changes_, "KEY=VALUE…",
            "override a key, e.g. --set " + NameOf(defaults, &defaults.model.embedding_size) +
                "=512");
  line.Mandatory({"config"});
  FlagGroup& group = line.Group("Keys of section training (docs/configuration.md)");
  for (const ConfigKey& key : ConfigKeys()) {
    if (!key.name.starts_with(kTrainingSection) ||
        key.address(defaults) == &defaults.training.threads)
      continue;
    std::string flag = key.name.substr(kTrainingSection.size());
    std::ranges::replace(flag, '_', '-');
    std::ranges::replace(flag, '.', '-');
    group.Custom(flag, "X (= " + ValueText(key, defaults) + ")", std::nullopt, key.meaning,
                 [this, name = key.name, flag](const std::string& value) {
                   overrides_.push_back({.key = name, .value = value, .where = "--" + flag});
                 });
  }
}

Config ConfigFlags::Load(const CommandLine& line) const {
  std::vector<ConfigOverride> all;
  for (const std::string& change : changes_) all.push_back(ParseOverride(change));
  all.insert(all.end(), overrides_.begin(), overrides_.end());
  Config config = LoadConfig(paths_, all);
  WarnOfIdleKeys(config);
  if (line.Given("threads")) {
    config.training.threads = static_cast<int>(
        std::max<Index>(1, line.threads() / static_cast<Index>(config.training.workers)));
  }
  return config;
}

TrainingSetup MakeTrainingSetup(const Config& config, const TokenizerPair& tokenizers,
                                const ModelDirectory& directory) {
  TrainingSetup setup{config};
  setup.source_tokenizer = tokenizers.source;
  setup.target_tokenizer = tokenizers.target;
  setup.directory = directory.path;
  setup.should_stop = [](Index) { return StopSignal() != 0; };
  return setup;
}

}  // namespace talmach
