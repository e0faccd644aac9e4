// Text to be scored, which must be clean: a score must not silently be that of another text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Reads lines; ill-formed UTF-8, NUL and lines of more than 1 MiB are DataErrors that name file
/// and line. One thread at a time.
class StrictLineReader {
 public:
  /// What becomes of a byte order mark before the first line. sacreBLEU counts it as a character.
  enum class ByteOrderMark { kKeepAndWarn, kSkip };

  /// Reads a file or, for "-", standard input. Throws DataError if it cannot be opened.
  explicit StrictLineReader(const std::string& path,
                            ByteOrderMark mark = ByteOrderMark::kKeepAndWarn);
  StrictLineReader(StrictLineReader&&) noexcept;
  ~StrictLineReader();

  /// The next line without white space at its end; false at the end of the file.
  bool Read(std::string* line);
  /// The next line as it is.
  bool ReadUnstripped(std::string* line);
  /// Reads to the end and returns the number of lines of the file.
  Index CountAll();
  const std::string& name() const;
  Index num_lines() const;
  /// "file:line" of the line read last.
  std::string Place() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Throws DataError, naming where the shorter file ends and both numbers of lines, if one of two
/// readers that were read in step has ended before the other.
void RequireSameEnd(StrictLineReader* first, StrictLineReader* second);

/// Reads a file with texts side by side, separated by tabs, as columns.
class ColumnReader {
 public:
  /// A file of `num_columns` columns; tabs beyond them belong to the last, so that a file of one
  /// column is never split. The columns that a line lacks are read as `missing`.
  ColumnReader(const std::string& path, Index num_columns, std::string missing = {});
  /// A file with as many columns as its first line has; every line must have as many.
  explicit ColumnReader(const std::string& path);

  /// At most `count` lines, appended to `*columns` as new [column][line].
  void Read(Index count, std::vector<std::vector<std::string>>* columns);

  Index num_columns() const { return num_columns_; }
  StrictLineReader& lines() { return lines_; }
  const StrictLineReader& lines() const { return lines_; }

 private:
  std::vector<std::string> Split(std::string_view line) const;
  [[noreturn]] void ThrowWrongNumber(std::size_t found) const;

  StrictLineReader lines_;
  Index num_columns_ = 0;
  std::string missing_ = {};
  bool counted_ = false;                 // the number of columns is that of the first line
  std::vector<std::string> first_line_;  // split, where it had to be read to count
};

}  // namespace talmach
