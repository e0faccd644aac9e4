// A command of the user's, run by the shell.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talmach {

/// What a command has done.
struct CommandResult {
  int exit_code = 0;   // as shells have it: 128 and the number of the signal that ended it
  std::string output;  // the end of what it wrote to its standard output, at most 64 KiB,
  std::string errors;  // and of what it wrote to its standard error
};

/// Runs `command` in /bin/sh with `arguments` behind its own, without input, and waits for its end,
/// though not for what it has left running. `should_stop` is asked a hundred times a second; if it
/// says true, or a stop is requested (base/stop.h), the command and its children are asked to end
/// with SIGTERM, killed a second later, and there is no result. Throws Error if the system refuses
/// the process or its temporary files.
std::optional<CommandResult> RunShellCommand(const std::string& command,
                                             const std::vector<std::string>& arguments,
                                             const std::function<bool()>& should_stop);

}  // namespace talmach
