#include "config/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "config/config_checks.h"
#include "config/config_keys.h"
#include "config/config_reader.h"
#include "config/corpus_keys.h"

namespace talmach {

namespace {

// Puts the value of "section.key", or of "section[2].key" in the second item of a list, in a tree.
void Place(const std::string& name, const YAML::Node& value, YAML::Node* root) {
  YAML::Node node = *root;
  std::size_t begin = 0;
  for (std::size_t dot; (dot = name.find('.', begin)) != std::string::npos; begin = dot + 1) {
    const std::string section = name.substr(begin, dot - begin);
    const std::size_t bracket = section.find('[');
    node.reset(node[section.substr(0, bracket)]);
    if (bracket != std::string::npos) node.reset(node[std::stoul(section.substr(bracket + 1)) - 1]);
  }
  node[name.substr(begin)] = value;
}

}  // namespace

ConfigOverride ParseOverride(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return {.key = "", .value = text};
  ConfigOverride result{.key = text.substr(0, equals), .value = text.substr(equals + 1)};
  std::ranges::replace(result.key, '-', '_');
  return result;
}

Config LoadConfig(const std::vector<std::string>& paths,
                  const std::vector<ConfigOverride>& overrides, Files files) {
  ConfigReader reader;
  for (const std::string& path : paths) reader.ReadFile(path);
  for (const ConfigOverride& change : overrides) reader.ReadOverride(change);
  reader.FollowDefaults();
  if (files == Files::kMustExist) reader.CheckFiles();
  for (const Complaint& mistake : Contradictions(reader.config())) {
    reader.AddCrossMistake(ToString(mistake));
  }
  reader.ThrowMistakes();
  return reader.config();
}

std::vector<CorpusOptions> CorporaWithLinks(const Config& config) {
  std::vector<CorpusOptions> corpora = config.data.train;
  const std::string& links = config.training.guided_alignment.links;
  if (corpora.size() == 1 && corpora.front().links.empty()) corpora.front().links = links;
  return corpora;
}

std::vector<CorpusOptions> ValidationSets(const Config& config) {
  const TrainingDataOptions& data = config.data;
  std::vector<CorpusOptions> sets;
  if (!data.valid_source.empty()) {
    sets.push_back({.source = data.valid_source, .target = data.valid_target, .name = "valid"});
  }
  for (const CorpusOptions& set : config.validation.sets) {
    if (set != CorpusOptions()) sets.push_back(set);
  }
  return sets;
}

Config WithAbsolutePaths(const Config& config) {
  Config result = config;
  const auto make_absolute = [](const ConfigKey& key, Config* of) {
    const std::vector<std::string> items = key.get(*of);
    if (!key.is_path || items.empty()) return;
    key.set(*of, {std::filesystem::absolute(items.front()).lexically_normal().string()});
  };
  for (const ConfigKey& key : ConfigKeys()) {
    if (!IsOfCorpus(key)) make_absolute(key, &result);
  }
  for (const CorpusList& list : kCorpusLists) {
    for (CorpusOptions& corpus : list.of(result)) {
      Config view;
      list.of(view).front() = corpus;
      for (const ConfigKey& key : ConfigKeys()) {
        if (CorpusListOf(key.name) == &list) make_absolute(key, &view);
      }
      corpus = list.of(view).front();
    }
  }
  return result;
}

std::string ToYaml(const Config& config) {
  YAML::Node root(YAML::NodeType::Map);
  ForEachKey(config, [&](const ConfigKey& key, const std::string& name, const Config& view) {
    const std::vector<std::string> items = key.get(view);
    if (items.empty()) return;
    YAML::Node value = key.is_list ? YAML::Node(items) : YAML::Node(items.front());
    if (key.is_list) value.SetStyle(YAML::EmitterStyle::Flow);
    Place(name, value, &root);
  });
  YAML::Emitter emitter;
  emitter << root;
  return std::string(emitter.c_str()) + "\n";
}

}  // namespace talmach
