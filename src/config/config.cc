#include "config/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "config/config_checks.h"
#include "config/config_keys.h"
#include "config/config_reader.h"

namespace talmach {

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

Config WithAbsolutePaths(const Config& config) {
  Config result = config;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::vector<std::string> items = key.get(config);
    if (!key.is_path || items.empty()) continue;
    key.set(result, {std::filesystem::absolute(items.front()).lexically_normal().string()});
  }
  return result;
}

std::string ToYaml(const Config& config) {
  YAML::Node root(YAML::NodeType::Map);
  for (const ConfigKey& key : ConfigKeys()) {
    const std::vector<std::string> items = key.get(config);
    if (items.empty()) continue;
    YAML::Node node = root;
    std::size_t begin = 0;
    for (std::size_t dot; (dot = key.name.find('.', begin)) != std::string::npos; begin = dot + 1) {
      node.reset(node[key.name.substr(begin, dot - begin)]);
    }
    YAML::Node value = key.is_list ? YAML::Node(items) : YAML::Node(items.front());
    if (key.is_list) value.SetStyle(YAML::EmitterStyle::Flow);
    node[key.name.substr(begin)] = value;
  }
  YAML::Emitter emitter;
  emitter << root;
  return std::string(emitter.c_str()) + "\n";
}

}  // namespace talmach
