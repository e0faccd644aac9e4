// What the program says: log lines, errors and progress on stderr, short results on stdout.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Gives the library's log (base/log.h) its place: stderr, each line "[date time] message",
/// warnings marked as such.
void SetUpConsoleLog();

/// trace, debug, info, warning, error or off; throws ConfigError for other words.
void SetLogLevel(std::string_view level);

/// Whole lines of a result, on stdout at once. Throws Error if they cannot be written (a full disk)
/// and BrokenPipeError if nobody reads them. Long results go through a TextWriter.
void PrintResult(std::string_view lines);

/// An error's line(s), without decoration: other programs parse them.
void PrintError(std::string_view message);

/// True if stderr is a terminal: progress is welcome.
bool StderrIsTerminal();

}  // namespace talmach
