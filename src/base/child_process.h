// Work in a process of its own: for libraries that cannot be asked to stop, and that end the
// process when they are refused memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace talmach {

/// What `work` returns, called in a child process, a copy of this one in which the calling thread
/// alone exists, and whose standard streams lead nowhere. None if it threw, crashed or ended the
/// process. A stop (base/stop.h) ends the child and throws Interrupted. Throws Error if the system
/// refuses the child.
std::optional<std::string> RunInChildProcess(const std::function<std::string()>& work);

}  // namespace talmach
