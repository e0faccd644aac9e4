// The names of files that are being written, and what becomes of those that killed processes left.
#pragma once

#include <string>

namespace talmach {

/// "<path>.tmp-<pid>-<n>": the name of no other file of this process, nor of another one that
/// writes the same path.
std::string TemporaryPath(const std::string& path);

/// Removes all files of such names from a directory, in which nobody may be writing now. Does
/// nothing if there is no such directory; what cannot be removed stays.
void RemoveTemporaryFiles(const std::string& directory);

}  // namespace talmach
