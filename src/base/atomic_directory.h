// A directory whose files appear together or not at all.
//
// The files are written to a temporary directory, "<path>.tmp-<pid>-<n>". Commit gives it its name,
// which POSIX makes atomic. It never replaces anything: the path must be new, or an empty
// directory. Until Commit, and on any failure, it stays as it was. A process that is killed leaves
// at most the temporary directory, which may be deleted.
#pragma once

#include <string>

namespace talmach {

/// One thread at a time.
class AtomicDirectory {
 public:
  /// Makes the temporary directory and the directories above it. Throws ConfigError if something
  /// is at the path, links followed; else Error with the path and the reason, as does Commit.
  explicit AtomicDirectory(const std::string& path);
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;
  /// Removes the temporary directory with all it holds, if there still is one.
  ~AtomicDirectory();

  /// Where to write the files.
  const std::string& temporary_path() const { return temporary_path_; }
  /// Makes the files appear. After it, only destruction is allowed.
  void Commit();

 private:
  std::string path_;
  std::string temporary_path_;
};

}  // namespace talmach
