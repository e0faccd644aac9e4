// A directory whose files appear together or not at all.
//
// The files are written to a temporary directory, "<path>.tmp-<pid>-<n>", or
// "<path>/new.tmp-<pid>-<n>" if there is a directory at the path already. Commit gives it its name,
// which POSIX makes atomic; into a directory that is there already the files move one by one, over
// those of the same names. Until then, and on any failure before, the path stays as it was. A
// process that is killed leaves at most the temporary directory, which may be deleted.
#pragma once

#include <string>

namespace talmach {

/// One thread at a time.
class AtomicDirectory {
 public:
  /// Makes the temporary directory and the directories above it. Throws Error with the path and
  /// the reason, as does Commit.
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
  bool is_new_;
  std::string temporary_path_;
};

}  // namespace talmach
