#include "base/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace talmach {

namespace fs = std::filesystem;

ScratchDirectory::ScratchDirectory() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) throw Error({.where = "TMPDIR", .what = "not usable: " + error.message()});
  std::string pattern = (parent / "talmach-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw Error({.where = pattern, .what = "cannot make the directory: " + ErrnoText(errno)});
  }
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace talmach
