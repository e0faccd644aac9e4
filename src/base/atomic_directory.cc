#include "base/atomic_directory.h"

#include <filesystem>
#include <system_error>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/temporary_files.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// Throws unless the path, `given` by the user, is new or an empty directory.
const std::string& RequireNew(const std::string& path, const std::string& given) {
  const bool is_directory = fs::is_directory(path);
  if (fs::exists(path) && !(is_directory && fs::is_empty(path))) {
    throw ConfigError({.where = given,
                       .expected = "a new or an empty directory",
                       .got = is_directory ? "one that holds files" : "a file",
                       .hint = "use another name, or remove what is there"});
  }
  return path;
}

}  // namespace

AtomicDirectory::AtomicDirectory(const std::string& path)
    : path_(RequireNew(ResolvePath(path), path)) {
  MakeDirectory(fs::path(path_).parent_path());
  // As with files (atomic_file.cc), a killed process may have left one of that name.
  std::error_code error;
  do {
    temporary_path_ = TemporaryPath(path_);
  } while (!fs::create_directory(temporary_path_, error) && !error);
  if (error) throw Error({.where = path_, .what = "cannot be created: " + error.message()});
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  fs::remove_all(temporary_path_, ignored);
}

void AtomicDirectory::Commit() {
  std::error_code error;
  fs::rename(temporary_path_, path_, error);
  if (error) throw Error({.where = path_, .what = "cannot be put in place: " + error.message()});
  SyncDirectory(fs::path(path_).parent_path());
}

}  // namespace talmach
