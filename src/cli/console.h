// What the program says on stderr: log lines, errors, progress.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Gives the library's log (base/log.h) its place: stderr, each line "[date time] message",
/// warnings marked as such.
void SetUpConsoleLog();

/// trace, debug, info, warning, error or off; throws ConfigError for other words.
void SetLogLevel(std::string_view level);

/// An error's line(s), without decoration: other programs parse them.
void PrintError(std::string_view message);

/// True if stderr is a terminal: progress is welcome.
bool StderrIsTerminal();

}  // namespace talmach
