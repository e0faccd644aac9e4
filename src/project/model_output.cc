// Tested by tests/integration/outputs_test.py.
#include "project/model_output.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/file_operations.h"
#include "model/model_directory.h"
#include "training/checkpoint.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

bool IsModelDirectory(const ModelDirectory& directory) {
  return fs::exists(directory.Model()) || HasCheckpoints(directory.path);
}

// Whether the path is that of a file a model directory or checkpoint consists of.
bool HasNameOfModelFile(const fs::path& path) {
  const ModelDirectory directory(path.parent_path());
  const CheckpointDirectory checkpoint(path.parent_path());
  const bool is_run_file = std::ranges::any_of(
      kRunFiles, [&](const char* name) { return path == fs::path(directory.path) / name; });
  if (is_run_file || path == directory.Lock()) return IsModelDirectory(directory);
  const std::array files = {checkpoint.Model(), checkpoint.Optimizer(), checkpoint.State()};
  return fs::exists(checkpoint.State()) && std::ranges::count(files, path.string()) > 0;
}

bool AreEquivalent(const fs::path& one, const fs::path& other) {
  std::error_code ignored;  // of what does not exist
  return fs::equivalent(one, other, ignored);
}

}  // namespace

bool IsFileOfModel(const std::string& path) {
  const fs::path output = ResolvePath(path);
  if (HasNameOfModelFile(output)) return true;
  for (fs::path part = output; part.has_relative_path(); part = part.parent_path()) {
    const ModelDirectory above(part.parent_path());
    if (part == above.Checkpoints() && HasCheckpoints(above.path)) return true;
  }
  return false;
}

bool IsFileOf(const std::string& model, const std::string& path) {
  if (!fs::is_directory(model)) return AreEquivalent(model, path);
  for (const auto& entry : fs::directory_iterator(model)) {
    if (!HasNameOfModelFile(fs::path(ResolvePath(model)) / entry.path().filename())) continue;
    if (AreEquivalent(entry.path(), path)) return true;
    if (!entry.is_directory()) continue;
    for (const auto& below : fs::recursive_directory_iterator(entry.path())) {
      if (AreEquivalent(below.path(), path)) return true;
    }
  }
  return false;
}

}  // namespace talmach
