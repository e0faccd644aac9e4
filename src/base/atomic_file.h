// A file that appears complete or not at all, whenever the machine stops.
//
// The bytes go to a temporary file in the same directory; Commit syncs it, renames it onto the
// path (which POSIX makes atomic) and syncs the directory, without which the rename itself could
// be lost. Until then, and on any failure, the old file stays as it was and the temporary file is
// removed. A process that is killed leaves at most "<path>.tmp-<pid>-<n>", which may be deleted.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace talmach {

/// The system calls it makes, replaceable so that tests can fail each of them. They return and
/// set errno as those of POSIX do.
struct AtomicFileOptions {
  std::function<ssize_t(int, const void*, std::size_t)> write = {};  // empty: write(2)
  std::function<int(int)> sync = {};                                 // empty: fsync(2)
  std::function<int(const char*, const char*)> rename = {};          // empty: rename(2)
};

/// One thread at a time.
class AtomicFile {
 public:
  /// Creates the temporary file. Throws Error with the path and errno's text, as do the rest;
  /// `expected_bytes`, if known, is named when the disk is full.
  explicit AtomicFile(const std::string& path, Index expected_bytes = 0,
                      AtomicFileOptions options = {});
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes the temporary file unless committed.
  ~AtomicFile();

  /// Appends. Every call reaches the system: gather small pieces before.
  void Write(std::string_view bytes);
  /// Makes the file appear. After it, only destruction is allowed.
  void Commit();

 private:
  [[noreturn]] void Fail(std::string_view action);

  std::string path_;
  std::string temporary_path_;
  Index expected_bytes_;
  Index written_bytes_ = 0;
  AtomicFileOptions options_;
  int descriptor_ = -1;
};

/// Writes a whole small file through AtomicFile.
void WriteFileAtomically(const std::string& path, std::string_view bytes);

/// Syncs a directory, so that renames and deletions in it survive. Throws Error.
void SyncDirectory(const std::string& directory);

}  // namespace talmach
