// Lines of text to a file, which appears complete or not at all, or to standard output. Files whose
// names end in .gz or .zst are compressed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/types.h"

namespace talmach {

/// The reader of our output has gone (`talmach translate … | head`). Programs end quietly on it;
/// they must ignore SIGPIPE to get here.
class BrokenPipeError : public Error {
 public:
  using Error::Error;
};

/// Writes to a regular file through AtomicFile; to "-" (standard output), a device or a pipe
/// directly. One thread at a time.
class TextWriter {
 public:
  /// Throws Error with errno's text if the file cannot be created. Waits until a pipe has a reader.
  explicit TextWriter(const std::string& path);
  TextWriter(TextWriter&&) noexcept;
  TextWriter& operator=(TextWriter&&) noexcept;
  /// Without Finish a regular file never appears; what was flushed to a stream stays.
  ~TextWriter();

  /// Appends the text and '\n'. Throws Error (a full disk) or BrokenPipeError, as do the rest, and
  /// Interrupted if a stop is asked for (base/stop.h) while the reader of a stream does not read.
  void WriteLine(std::string_view text);
  /// Hands everything written so far to the system: a reader of the stream sees it.
  void Flush();
  /// Flushes and, for a regular file, makes it appear. Call once, at the end.
  void Finish();

 private:
  class Sink;
  std::string buffer_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace talmach
