// The names of files that are being written, and how those of killed processes are removed.
#pragma once

#include <string>

namespace talmach {

/// "<path>.tmp-<pid>-<n>": the name of no other file of this process, nor of another one that
/// writes the same path.
std::string TemporaryPath(const std::string& path);

/// Removes all files with such names from a directory in which nobody is writing. Does nothing if
/// there is no such directory; files that cannot be removed stay.
void RemoveTemporaryFiles(const std::string& directory);

}  // namespace talmach
