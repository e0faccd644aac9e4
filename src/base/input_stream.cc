#include "base/input_stream.h"

#include <unistd.h>

#include <cerrno>

#include "base/descriptor_io.h"
#include "base/error.h"

namespace talmach {

InputStream::InputStream(const std::string& path) : std::istream(nullptr), buffer_(path) {
  rdbuf(&buffer_);
  exceptions(std::ios::badbit);  // hands on what the buffer throws
}

InputStream::Buffer::Buffer(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : OpenForReading(path)) {
  if (descriptor_ >= 0) return;
  throw DataError({.where = name_, .what = "cannot open", .got = ErrnoText(errno)});
}

InputStream::Buffer::~Buffer() {
  if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

InputStream::Buffer::int_type InputStream::Buffer::underflow() {
  const Index count = ReadSome(descriptor_, bytes_.data(), std::ssize(bytes_));
  if (count < 0) throw DataError({.where = name_, .what = "cannot read", .got = ErrnoText(errno)});
  if (count == 0) return traits_type::eof();
  setg(bytes_.data(), bytes_.data(), bytes_.data() + count);
  return traits_type::to_int_type(bytes_.front());
}

}  // namespace talmach
