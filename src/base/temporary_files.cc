// Tested by tests/base/atomic_file_test.cc and tests/base/atomic_directory_test.cc.
#include "base/temporary_files.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string_view>
#include <vector>

namespace talmach {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";

bool IsTemporaryName(std::string_view name) {
  const std::size_t mark = name.rfind(kMark);
  return mark != name.npos && mark > 0 &&
         name.find_first_not_of("0123456789-", mark + kMark.size()) == name.npos;
}

}  // namespace

std::string TemporaryPath(const std::string& path) {
  static std::atomic<int> count = 0;
  return path + std::string(kMark) + std::to_string(getpid()) + "-" + std::to_string(count++);
}

void RemoveTemporaryFiles(const std::string& directory) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(directory, ignored), end; entry != end;
       entry.increment(ignored)) {
    if (IsTemporaryName(entry->path().filename().string())) found.push_back(entry->path());
  }
  for (const fs::path& path : found) fs::remove(path, ignored);
}

}  // namespace talmach
