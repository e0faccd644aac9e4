// What the program says: log lines, errors and progress on stderr, short results on stdout.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Occupies those of the descriptors of stdin, stdout and stderr that are closed, so that no file
/// is opened under their numbers and takes what is printed. Reading from stdin and writing to
/// stdout then fail as those of closed descriptors do; what is written to stderr is lost. Call
/// first.
void OccupyStandardDescriptors();

/// Writes to stderr. What cannot be written is lost: there is no place to complain. Nor is what
/// nobody reads waited for once a stop has been asked for.
void WriteToStderr(std::string_view text);

/// Gives the library's log (base/log.h) its place: stderr, each line "[date time] message",
/// warnings marked as such.
void SetUpConsoleLog();

/// trace, debug, info, warning, error or off; throws ConfigError for other words.
void SetLogLevel(std::string_view level);

/// Whole lines of a result, on stdout at once. Throws Error if they cannot be written (a full disk)
/// and BrokenPipeError if their reader is gone. Long results go through a TextWriter.
void PrintResult(std::string_view lines);

/// An error's line(s), without decoration: other programs parse them.
void PrintError(std::string_view message);

/// True if stderr is a terminal: progress is welcome.
bool StderrIsTerminal();

}  // namespace talmach
