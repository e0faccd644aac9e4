// Any line of a text file by its number, without holding the file in memory. Internal to text.
//
// One pass over the file notes where every 16th line begins (half a byte per line); a line is then
// found with one read of the system, mostly from its cache. What cannot be read at will (.gz, .zst)
// is unpacked once into an unnamed temporary file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/types.h"
#include "text/text_reader.h"

namespace talmach {

/// Throws DataError if `path` is a pipe, a device or standard input: training reads its text more
/// than once, and would wait for a pipe, or read a device, without end. A file that is not there is
/// no mistake here.
void RequireRegularText(const std::string& path);

/// Lines are those of TextReader, equally clean. One thread at a time.
class LineFile {
 public:
  /// Throws DataError if the file cannot be read or is not a regular one, Error if there is no room
  /// to unpack it, Interrupted once a stop has been asked for.
  explicit LineFile(const std::string& path, const TextReaderOptions& options = {});
  LineFile(LineFile&& other) noexcept;
  LineFile& operator=(LineFile&&) = delete;
  ~LineFile();

  const std::string& name() const { return name_; }
  Index num_lines() const { return num_lines_; }
  /// Of the (unpacked) bytes.
  const std::string& checksum() const { return checksum_; }

  /// Line `line` in [0, num_lines()) into `*text`; counts its repairs. Throws DataError if reading
  /// fails or the file has become shorter.
  void Read(Index line, std::string* text, TextRepairs* repairs);

 private:
  void BuildIndex();
  Index ReadAt(Index offset, char* bytes, Index size) const;

  std::string name_;
  TextReaderOptions options_;
  int descriptor_ = -1;
  Index num_lines_ = 0;
  std::string checksum_;
  std::vector<Index> offsets_;  // of lines 0, 16, 32, …
};

}  // namespace talmach
