#include "base/atomic_directory.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/temporary_files.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// "a/b/" is "a/b", so that something can stand beside it.
std::string WithoutFinalSlash(const std::string& path) {
  const fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

void Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw Error({.where = to, .what = "cannot be put in its place: " + error.message()});
}

std::vector<fs::path> FilesIn(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  return files;
}

}  // namespace

AtomicDirectory::AtomicDirectory(const std::string& path)
    : path_(WithoutFinalSlash(path)),
      is_new_(!fs::is_directory(path_)),
      temporary_path_(TemporaryPath(is_new_ ? path_ : path_ + "/new")) {
  if (is_new_ && fs::exists(path_)) MakeDirectory(path_);  // says that it is none
  MakeDirectory(temporary_path_);
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  fs::remove_all(temporary_path_, ignored);
}

void AtomicDirectory::Commit() {
  if (is_new_) {
    Rename(temporary_path_, path_);
    const fs::path above = fs::path(path_).parent_path();
    SyncDirectory(above.empty() ? "." : above);
    return;
  }
  for (const fs::path& file : FilesIn(temporary_path_)) {
    Rename(file, fs::path(path_) / file.filename());
  }
  SyncDirectory(path_);
}

}  // namespace talmach
