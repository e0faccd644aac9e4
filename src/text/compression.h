// gzip (RFC 1952, by zlib) and Zstandard (RFC 8878, by libzstd), a piece at a time: files may be
// larger than memory, bodies of requests are not to be trusted.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/types.h"

namespace talmach {

/// True for the names whose files are compressed: *.gz and *.zst.
bool NamesCompressedFile(std::string_view path);

/// Unpacks one or several members (gzip) or frames (Zstandard), one behind the other.
class Decompressor {
 public:
  virtual ~Decompressor() = default;

  /// Takes bytes of the file from the front of `*input`, writes up to `size` unpacked ones and
  /// returns their number. 0 means that all of the input has been taken and more is needed. Throws
  /// DataError where the file is damaged or unpacking it would take too much memory.
  virtual Index Decompress(std::string_view* input, char* bytes, Index size) = 0;

  /// Throws DataError unless the file may end where the input has: behind a whole member whose
  /// length and checksum were right.
  virtual void CheckEnd() const = 0;
};

/// For a file whose name says that it is compressed; null for others. `name` begins the errors.
std::unique_ptr<Decompressor> MakeDecompressor(std::string_view path, const std::string& name);

/// Makes one member or frame with a checksum. The same bytes in the same calls give the same file.
class Compressor {
 public:
  /// What must leave the compressor: what is convenient, all it was given, all and the file's end.
  enum class Until { kConvenient, kHere, kEnd };

  virtual ~Compressor() = default;

  /// Takes `bytes` and returns what can be written by now.
  virtual std::string Compress(std::string_view bytes, Until until) = 0;
};

/// For a file whose name asks for compression; null for others.
std::unique_ptr<Compressor> MakeCompressor(std::string_view path);

}  // namespace talmach
