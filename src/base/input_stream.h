// A file, or standard input, as a standard stream whose waits end when a stop is asked for
// (base/stop.h).
#pragma once

#include <array>
#include <istream>
#include <streambuf>
#include <string>

namespace talmach {

/// Reads the file at `path` or, for "-", standard input. Errors are thrown by the read that meets
/// them: DataError with errno's text, or Interrupted. One thread at a time.
class InputStream : public std::istream {
 public:
  /// Throws DataError if the file cannot be opened.
  explicit InputStream(const std::string& path);

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(const std::string& path);
    ~Buffer() override;

   protected:
    int_type underflow() override;

   private:
    std::string name_;
    int descriptor_;
    std::array<char, 1 << 16> bytes_;
  };

  Buffer buffer_;
};

}  // namespace talmach
