// Runs work in a process of its own, for libraries that cannot be asked to stop and that end the
// process when they are refused memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace talmach {

/// Calls `work` in a child process and returns its result. The child is a copy of this process in
/// which only the calling thread exists and whose standard streams lead nowhere. Returns nothing if
/// `work` threw, crashed or ended the process. A stop (base/stop.h) ends the child and throws
/// Interrupted. Throws Error if the system refuses the child.
std::optional<std::string> RunInChildProcess(const std::function<std::string()>& work);

}  // namespace talmach
