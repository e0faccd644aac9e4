#include "cli/file_flags.h"

#include <filesystem>

#include "base/atomic_file.h"
#include "base/error.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

bool AreSame(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return a == b;
  std::error_code error;  // of files that do not exist yet
  if (fs::exists(a, error) && !fs::is_regular_file(a, error)) return false;  // /dev/null
  return fs::weakly_canonical(fs::absolute(a), error) ==
         fs::weakly_canonical(fs::absolute(b), error);
}

/// Throws `what` for the first two flags of which `clash` is true.
template <typename Clash>
void RequireNone(std::initializer_list<FileFlag> flags, const std::string& what,
                 const Clash& clash) {
  for (const FileFlag* first = flags.begin(); first != flags.end(); ++first) {
    for (const FileFlag* second = first + 1; second != flags.end(); ++second) {
      if (first->path.empty() || second->path.empty() || !clash(*first, *second)) continue;
      throw ConfigError({.where = first->flag + " and " + second->flag,
                         .what = what,
                         .got = "'" + second->path + "' for both"});
    }
  }
}

}  // namespace

void RequireDifferentOutputs(std::initializer_list<FileFlag> outputs) {
  RequireNone(outputs, "they would write over each other",
              [](const FileFlag& a, const FileFlag& b) { return AreSame(a.path, b.path); });
}

void RequireWritable(std::initializer_list<FileFlag> outputs) {
  for (const FileFlag& output : outputs) {
    if (output.path.empty() || output.path == "-") continue;
    std::error_code error;
    if (fs::is_directory(output.path, error)) {
      throw Error({.where = output.path, .what = "cannot be written: it is a directory"});
    }
    if (fs::exists(output.path, error) && !fs::is_regular_file(output.path, error)) continue;
    const AtomicFile attempt(output.path);  // never committed
  }
}

void RequireOneStandardInput(std::initializer_list<FileFlag> inputs) {
  RequireNone(inputs, "standard input can be read once",
              [](const FileFlag& a, const FileFlag& b) { return a.path == "-" && b.path == "-"; });
}

}  // namespace talmach
