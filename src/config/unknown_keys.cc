// Tested by tests/config/config_test.cc.
#include "config/unknown_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/did_you_mean.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

// Habits that no key serves.
constexpr std::array<std::pair<const char*, const char*>, 14> kOtherHabits = {{
    {"optimizer", "training uses Adam; section training has its beta1, beta2 and epsilon"},
    {"optim", "training uses Adam; section training has its beta1, beta2 and epsilon"},
    {"tensorboard", "the model directory's train.jsonl holds every number of a training"},
    {"tensorboard_dir", "the model directory's train.jsonl holds every number of a training"},
    {"wandb_project", "the model directory's train.jsonl holds every number of a training"},
    {"model_dir", "the model directory is a flag: talmach train -m DIR"},
    {"save_dir", "the model directory is a flag: talmach train -m DIR"},
    {"save_model", "the model directory is a flag: talmach train -m DIR"},
    {"save_data", "the model directory is a flag: talmach train -m DIR"},
    {"devices", "training runs on processors; section training has workers and threads"},
    {"gpu_ranks", "training runs on processors; section training has workers and threads"},
    {"use_cuda", "training runs on processors; section training has workers and threads"},
    {"heads", "attention is additive and has one head; section model.attention shapes it"},
    {"shuffle", "the pairs are in another order in every epoch, drawn from the seed"},
}};

constexpr std::size_t kMostNames = 3;  // of keys in a hint

std::string LastPart(const std::string& name) { return name.substr(name.rfind('.') + 1); }

std::string DidYouMeanOneOf(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > kMostNames) return "";
  return fmt::format("did you mean {}?", fmt::join(names, " or "));
}

std::vector<std::string> Neighbours(const std::string& section) {
  std::vector<std::string> parts;
  for (const ConfigKey& key : ConfigKeys()) {
    if (!key.name.starts_with(section)) continue;
    const std::string rest = key.name.substr(section.size());
    const std::string part = rest.substr(0, rest.find('.'));
    if (std::ranges::find(parts, part) == parts.end()) parts.push_back(part);
  }
  return parts;
}

std::string HintForHabit(std::string word) {
  std::ranges::replace(word, '-', '_');
  std::vector<std::string> names;
  for (const ConfigKey& key : ConfigKeys()) {
    if (std::ranges::find(key.habits, word) != key.habits.end()) names.push_back(key.name);
  }
  for (const auto& [habit, advice] : kOtherHabits) {
    if (habit == word) return advice;
  }
  return DidYouMeanOneOf(names);
}

// Keys and sections of that name anywhere.
std::string HintForPlace(const std::string& word) {
  std::vector<std::string> names;
  for (const ConfigKey& key : ConfigKeys()) {
    if (LastPart(key.name) == word) names.push_back(key.name);
    const std::size_t at = key.name.find("." + word + ".");
    if (at == key.name.npos) continue;
    const std::string section = key.name.substr(0, at + 1 + word.size());
    if (std::ranges::find(names, section) == names.end()) names.push_back(section);
  }
  return DidYouMeanOneOf(names);
}

}  // namespace

std::string KeysOfSection(const std::string& section) {
  return fmt::format("{}", fmt::join(Neighbours(section), ", "));
}

std::string HintForUnknownKey(const std::string& name) {
  const std::string word = LastPart(name);
  const std::string section = name.substr(0, name.size() - word.size());
  std::string hint = DidYouMean(word, Neighbours(section));
  const std::string habit = HintForHabit(word);
  if (!habit.empty()) hint = habit;
  if (hint.empty()) hint = HintForPlace(word);
  if (!hint.empty()) return hint;
  const std::string keys = KeysOfSection(section);
  if (keys.empty()) return "";
  return section.empty() ? "the sections are " + keys : "the keys of this section are " + keys;
}

}  // namespace talmach
