// Tested by tests/talmach/c_interface_test.cc.
#include "talmach/c_options.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/did_you_mean.h"
#include "base/error.h"
#include "base/numbers.h"
#include "config/config_keys.h"

namespace talmach::front {
namespace {

constexpr const char* kSection = "translation.";

// What the configuration has no key for.
const std::vector<std::string>& OwnNames() {
  static const auto& names = *new std::vector<std::string>{"threads", "n_best", "shortlist"};
  return names;
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names = OwnNames();
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name.starts_with(kSection)) {
      names.push_back(key.name.substr(std::string_view(kSection).size()));
    }
  }
  return names;
}

std::int64_t ParseCount(const std::string& name, const std::string& value) {
  constexpr NumberRange kRange{1, 1e6};
  if (const auto number = ParseNumber(value, kRange, /*integer=*/true)) {
    return static_cast<std::int64_t>(*number);
  }
  throw ConfigError(
      {.where = name, .expected = RangeText(kRange, /*integer=*/true), .got = "'" + value + "'"});
}

void SetOwn(const std::string& name, const std::string& value, COptions* options) {
  if (name == OwnNames()[0]) {
    options->translator.threads = ParseCount(name, value);
  } else if (name == OwnNames()[1]) {
    options->call.n_best = ParseCount(name, value);
  } else {
    options->translator.shortlist = value;
  }
}

// By a key of the configuration, so that names, ranges and errors are the same.
void SetByKey(const ConfigKey& key, const std::string& name, const std::string& value,
              COptions* options) {
  Config config;
  if (auto mistake = key.set(config, {value})) {
    mistake->where = name;
    throw ConfigError(*mistake);
  }
  const TranslationConfig& read = config.translation;
  const auto is = [&](const auto& field) { return key.address(config) == &field; };
  if (is(read.precision)) {
    options->translator.precision = static_cast<v1::Precision>(read.precision);
  }
  if (is(read.mini_batch)) options->translator.mini_batch = read.mini_batch;
  if (is(read.max_length)) options->translator.max_length = read.max_length;
  if (is(read.beam_size)) options->call.beam_size = read.beam_size;
  if (is(read.normalize)) options->call.normalize = read.normalize;
  if (is(read.max_length_factor)) options->call.max_length_factor = read.max_length_factor;
  if (is(read.unk)) options->call.unknown_words = static_cast<v1::UnknownWords>(read.unk);
}

}  // namespace

COptions ParseCOptions(std::string_view text) {
  COptions options;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (equals == std::string::npos) {
      throw ConfigError({.where = "options", .expected = "NAME=VALUE", .got = "'" + word + "'"});
    }
    const std::string value = word.substr(equals + 1);
    if (const ConfigKey* key = FindConfigKey(kSection + name)) {
      SetByKey(*key, name, value, &options);
    } else if (std::ranges::find(OwnNames(), name) != OwnNames().end()) {
      SetOwn(name, value, &options);
    } else {
      throw ConfigError({.where = "options",
                         .what = "there is no '" + name + "'",
                         .hint = DidYouMean(name, AllNames())});
    }
  }
  return options;
}

}  // namespace talmach::front
