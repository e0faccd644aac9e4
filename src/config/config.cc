#include "config/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "config/config_keys.h"
#include "config/config_reader.h"

namespace talmach {
namespace {

/// Checks that involve several keys, each as the exception it throws.
std::vector<std::string> CrossCheck(const Config& config) {
  std::vector<std::string> mistakes;
  const auto check = [&](const auto& body) {
    try {
      body();
    } catch (const ConfigError& error) {
      mistakes.emplace_back(error.what());
    }
  };
  const TokenizerConfig& tokenizer = config.tokenizer;
  check([&] { Validate(config.data, config.training, config.validation); });
  check([&] {
    const Index size = tokenizer.vocabulary_size;
    Validate(config.model, {.source = size, .target = size});
  });
  check([&] {
    if (tokenizer.joint || config.model.tied_embeddings != TiedEmbeddings::kAll) return;
    throw ConfigError(
        {.where = NameOf(config, &config.model.tied_embeddings),
         .expected = "decoder or none, as " + NameOf(config, &tokenizer.joint) + " is false",
         .got = "all"});
  });
  check([&] {
    if (tokenizer.source_model.empty() == tokenizer.target_model.empty()) return;
    throw ConfigError({.where = NameOf(config, &tokenizer.source_model) + ", " +
                                NameOf(config, &tokenizer.target_model),
                       .expected = "both or none",
                       .got = "one of them"});
  });
  return mistakes;
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
  for (const std::string& mistake : CrossCheck(reader.config())) reader.AddCrossMistake(mistake);
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
