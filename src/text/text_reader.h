// Lines of text from the outside world, whatever it holds.
//
// A line ends with '\n' only (not with U+2028 or other marks); one '\r' before it belongs to the
// ending; a last line without an ending counts, an empty rest after the last ending does not.
// A byte order mark opens no line, unless it is to be kept. Ill-formed UTF-8 and NUL become U+FFFD;
// lines beyond the limit are cut at a character. Both are counted. Memory is bounded by the limit,
// not by the input.
#pragma once

#include <memory>
#include <string>

#include "base/counted.h"
#include "base/types.h"

namespace talmach {

/// What had to be done to the lines of one input.
struct TextRepairs {
  Index repaired_lines = 0;   // held ill-formed UTF-8 or NUL
  Index nul_lines = 0;        // of these: held NUL
  Index cut_lines = 0;        // were longer than the limit
  LineNumbers repaired = {};  // which
  LineNumbers cut = {};
};

/// Warns in the log, one line for each kind, naming the input and the lines; silent if there is
/// nothing to say.
void LogRepairs(const std::string& name, const TextRepairs& repairs);

struct TextReaderOptions {
  Index max_line_bytes = Index{1} << 20;  // longer lines are cut
  bool keep_byte_order_mark = false;      // a character of the first line, as programs see it that
                                          // know of no such mark
  bool keep_bytes = false;                // lines as they are; repairs are counted all the same
};

/// Reads a file (decompressing names that end in .gz or .zst) or, for "-", standard input.
/// One thread at a time.
class TextReader {
 public:
  /// Throws DataError with errno's text if the file cannot be opened.
  explicit TextReader(const std::string& path, const TextReaderOptions& options = {});
  TextReader(TextReader&&) noexcept;
  TextReader& operator=(TextReader&&) noexcept;
  ~TextReader();

  /// The next line into `*line`; false at the end. Throws DataError on a read error or a damaged
  /// compressed file, naming the file, Interrupted once a stop has been asked for (base/stop.h).
  bool ReadLine(std::string* line);

  /// Waits at most `milliseconds` for the next line, or the end, to arrive, and says whether
  /// ReadLine would return at once. The beginning of a line is not enough. Of compressed input it
  /// is always true. Errors as ReadLine.
  bool WaitForLine(int milliseconds);

  /// Lines read so far.
  Index num_lines() const;
  const TextRepairs& repairs() const;
  /// The path, or "standard input".
  const std::string& name() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where a line comes from.
struct RawLine {
  Index number = 0;    // from 1
  bool first = false;  // of its file: a byte order mark before it is left out
  bool cut = false;    // at the limit
};

/// Makes a line (without its '\n') clean in place, as described above, and counts the repairs.
void CleanLine(const RawLine& raw, std::string* line, TextRepairs* repairs);

}  // namespace talmach
