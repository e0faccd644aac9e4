// Reads attention records (attention_map.h) from files that cannot be trusted: whatever is wrong
// with a file becomes a DataError that names the file and the line, and reading takes little more
// memory than the line itself.
#pragma once

#include <istream>
#include <memory>
#include <string>
#include <string_view>

#include "attention/attention_map.h"
#include "base/types.h"

namespace talmach {

/// The record in `json`. Throws DataError that starts with `where`, e.g. "attention.jsonl:3".
AttentionMap ParseAttentionMap(std::string_view json, const std::string& where);

/// Reads records one by one, so that files may be larger than memory. A line may have up to 64 MiB,
/// a side up to 100,000 pieces, a record up to 100 layers and 2^22 numbers; more, or anything
/// malformed, throws DataError naming file and line. Lines of white space are skipped.
class AttentionReader {
 public:
  /// Opens the file at `path` or, for "-", standard input; DataError if that fails.
  explicit AttentionReader(const std::string& path);
  /// Reads from `input`, which must outlive the reader; `name` stands in error messages.
  AttentionReader(std::istream& input, std::string name);
  AttentionReader(const AttentionReader&) = delete;
  AttentionReader& operator=(const AttentionReader&) = delete;

  /// Reads the next record into `*map`; false at the end of the file.
  bool Next(AttentionMap* map);

 private:
  bool ReadLine();
  std::string Where() const;

  std::unique_ptr<std::istream> file_;
  std::istream* input_;
  std::string name_;
  std::string line_;
  Index line_number_ = 0;
};

}  // namespace talmach
