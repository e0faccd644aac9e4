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

// Without links and "..", so that what is looked at is what is written; "a/b/" is "a/b", so that
// something can stand beside it.
std::string Resolved(const std::string& path) {
  const fs::path resolved = fs::weakly_canonical(fs::absolute(path));
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

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
    : path_(RequireNew(Resolved(path), path)), temporary_path_(TemporaryPath(path_)) {
  MakeDirectory(temporary_path_);
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
