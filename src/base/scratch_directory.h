// A place for files that nobody keeps.
#pragma once

#include <string>

namespace talmach {

/// A directory of its own under the system's temporary directory; removed with all it holds.
class ScratchDirectory {
 public:
  /// Throws Error.
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace talmach
