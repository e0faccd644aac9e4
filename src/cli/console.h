// What the program says: log lines, errors and progress on stderr, short results on stdout.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Occupies the descriptors of stdin, stdout and stderr if they are closed, so that no file is
/// opened under their numbers and receives what is printed. Reading from stdin and writing to
/// stdout then fail as with closed descriptors; what is written to stderr is lost. Call this first.
void OccupyStandardDescriptors();

/// Writes to stderr. What cannot be written is lost, since there is nowhere to report it. Once a
/// stop has been requested, it does not wait for a reader either.
void WriteToStderr(std::string_view text);

/// Gives the library's log (base/log.h) its place: stderr, each line "[date time] message",
/// warnings marked as such.
void SetUpConsoleLog();

/// trace, debug, info, warning, error or off; throws ConfigError for other words.
void SetLogLevel(std::string_view level);

/// Whole lines of a result, on stdout at once. Throws Error if they cannot be written (a full disk)
/// and BrokenPipeError if their reader is gone. Long results go through a TextWriter.
void PrintResult(std::string_view lines);

/// Prints an error as it is, without decoration, because other programs parse it.
void PrintError(std::string_view message);

/// True if stderr is a terminal, where progress can be shown.
bool StderrIsTerminal();

}  // namespace talmach
