// A lock between processes, held on a file: flock(2). The system lets go of it when the process
// ends, however it ends, so there are no stale locks; a file that was left behind means nothing.
#pragma once

#include <string>

namespace talmach {

/// Holds the lock for its lifetime.
class FileLock {
 public:
  /// Creates the file if it is absent, locks it and writes the number of this process into it.
  /// Throws Error if another process, or another FileLock of this one, holds the lock (`what` says
  /// what that means: "another training runs here"), or if the file cannot be opened. File systems
  /// that know no locks give none: then nothing is locked.
  FileLock(const std::string& path, const std::string& what);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int descriptor_;
};

}  // namespace talmach
