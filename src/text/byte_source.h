// The bytes of a file or of standard input, decompressed. Internal to text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "text/compression.h"

namespace talmach {

/// Reads a plain file, a file whose name ends in .gz or .zst, or "-", standard input.
/// One thread at a time.
class ByteSource {
 public:
  /// Throws DataError with errno's text if the file cannot be opened.
  explicit ByteSource(const std::string& path);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  ~ByteSource();

  /// Reads up to `size` bytes and returns their number, 0 only at the end. Throws DataError on a
  /// read error or a damaged compressed file, Interrupted once a stop has been asked for
  /// (base/stop.h).
  Index Read(char* bytes, Index size);

  /// Waits at most `milliseconds` for bytes, or the end, to arrive, and says whether Read would
  /// return at once. A request to stop ends the wait. Of compressed input it is always true.
  bool WaitForBytes(int milliseconds) const;

  /// The path, or "standard input".
  const std::string& name() const { return name_; }
  /// The open file; its offset and content are those of the file, not of the decompressed bytes.
  int descriptor() const { return descriptor_; }
  bool compressed() const { return decompressor_ != nullptr; }

 private:
  Index ReadRaw(char* bytes, Index size);

  std::string name_;
  int descriptor_;
  std::unique_ptr<Decompressor> decompressor_;  // null if the file is plain
  std::vector<char> buffer_;                    // of compressed bytes
  std::string_view packed_;                     // those of them still to be unpacked
};

}  // namespace talmach
