#include "base/file_operations.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "base/descriptor_io.h"
#include "base/error.h"

namespace talmach {

namespace fs = std::filesystem;

void MakeDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && fs::is_directory(path)) return;
  throw Error({.where = path,
               .what = "the directory cannot be made: " +
                       (error ? error.message() : std::string("a file of that name"))});
}

std::string ResolvePath(const std::string& path) {
  const fs::path resolved = fs::weakly_canonical(fs::absolute(path));
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

std::string ReadFile(const std::string& path) {
  RequireRegularFile<Error>(path, "cannot be read: ");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error({.where = path, .what = "cannot be read: " + ErrnoText(errno)});
  std::ostringstream bytes;
  // Writing the buffer of an empty file fails, too.
  if (file.peek() != std::ifstream::traits_type::eof()) bytes << file.rdbuf();
  if (file.bad() || bytes.fail()) {
    throw Error({.where = path, .what = "cannot be read: " + ErrnoText(errno)});
  }
  return std::move(bytes).str();
}

void CopyFile(const std::string& from, const std::string& to) {
  WriteFileAtomically(to, ReadFile(from));
}

}  // namespace talmach
