// Tested by tests/text/text_reader_test.cc and tests/integration/waiting_test.py.
#include "text/byte_source.h"

#include <unistd.h>

#include <cerrno>

#include "base/descriptor_io.h"
#include "base/error.h"
#include "base/stop.h"

namespace talmach {

ByteSource::ByteSource(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : OpenForReading(path)) {
  if (descriptor_ < 0) {
    throw DataError(Complaint{.where = name_, .what = "cannot be opened: " + ErrnoText(errno)});
  }
  constexpr std::size_t kBufferBytes = 1 << 16;
  decompressor_ = MakeDecompressor(path, name_);
  if (decompressor_) buffer_.resize(kBufferBytes);
}

ByteSource::~ByteSource() {
  if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

Index ByteSource::Read(char* bytes, Index size) {
  if (!decompressor_) return ReadRaw(bytes, size);
  for (;;) {
    const Index count = decompressor_->Decompress(&packed_, bytes, size);
    if (count > 0) return count;
    packed_ = {buffer_.data(),
               static_cast<std::size_t>(ReadRaw(buffer_.data(), std::ssize(buffer_)))};
    if (packed_.empty()) {
      decompressor_->CheckEnd();
      return 0;
    }
  }
}

bool ByteSource::WaitForBytes(int milliseconds) const {
  if (decompressor_) return true;  // it may hold bytes of which the file knows nothing
  return WaitForDescriptor(descriptor_, Access::kRead, milliseconds);
}

Index ByteSource::ReadRaw(char* bytes, Index size) {
  const Index count = ReadSome(descriptor_, bytes, size);
  if (count >= 0) return count;
  throw DataError(Complaint{.where = name_, .what = "cannot be read: " + ErrnoText(errno)});
}

}  // namespace talmach
