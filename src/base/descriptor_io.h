// Opening, reading and writing what may keep a program waiting: pipes, terminals, devices. Every
// wait ends with Interrupted when a stop is asked for (base/stop.h). Failures are reported as in
// POSIX, by -1 and errno; the caller decides which error to throw.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/types.h"

namespace talmach {

/// Opens a file for reading. Of a pipe that nobody has opened for writing yet, ReadSome waits for
/// the writer.
int OpenForReading(const std::string& path);

/// The same, but anything other than a regular file is refused with `*problem`, which otherwise
/// holds errno's text on failure. For files that are read twice or must have an end.
int OpenRegularFile(const std::string& path, std::string* problem);

/// Whether OpenRegularFile would fail: the problem, or "".
std::string CheckRegularFile(const std::string& path);

/// Throws E, whose `what` begins with `action`, unless `path` is a regular file that can be opened.
template <typename E>
void RequireRegularFile(const std::string& path, const std::string& action) {
  std::string problem = CheckRegularFile(path);
  if (!problem.empty()) throw E(Complaint{.where = path, .what = action + problem});
}

/// Opens a pipe or device for writing; waits until a pipe has a reader.
int OpenStreamForWriting(const std::string& path);

/// Reads up to `size` bytes and returns their number, 0 only at the end. Throws Interrupted
/// whenever a stop has been asked for, also if there are bytes to read: they may be endless.
Index ReadSome(int descriptor, char* bytes, Index size);

/// Writes everything and returns 0. Throws Interrupted only where it would have to wait: while the
/// reader takes bytes, it goes on.
int WriteAll(int descriptor, std::string_view bytes);

}  // namespace talmach
