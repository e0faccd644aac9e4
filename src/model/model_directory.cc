#include "model/model_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace talmach {

std::string CheckpointName(Index update) { return fmt::format("{}{:08}", kUpdatePrefix, update); }

Index ParseCheckpointName(std::string_view name) {
  if (!name.starts_with(kUpdatePrefix)) return -1;
  name.remove_prefix(kUpdatePrefix.size());
  Index update = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), update);
  return error == std::errc() && end == name.data() + name.size() ? update : -1;
}

CheckpointDirectory ModelDirectory::Checkpoint(Index update) const {
  return CheckpointDirectory(Checkpoints() + "/" + CheckpointName(update));
}

std::string ModelDirectory::BestModel(Index update) const {
  return BestModels() + "/" + CheckpointName(update) + ".safetensors";
}

std::string ModelDirectory::BestBy(std::string_view score) const {
  return fmt::format("{}/{}{}", Checkpoints(), kBestPrefix, score);
}

std::vector<std::string> ModelDirectory::AllBest() const {
  std::vector<std::string> paths;
  std::error_code ignored;  // no checkpoints, none of these
  for (std::filesystem::directory_iterator entry(Checkpoints(), ignored), end; entry != end;
       entry.increment(ignored)) {
    const bool is_best = entry->path().filename().string().starts_with(kBestPrefix);
    if (is_best && entry->is_directory(ignored)) paths.push_back(entry->path());
  }
  std::ranges::sort(paths);
  return paths;
}

std::string ModelFileOf(const std::string& path) {
  return std::filesystem::is_directory(path) ? ModelDirectory(path).Model() : path;
}

}  // namespace talmach
