#include "text/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <boost/iostreams/concepts.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zstd.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <cerrno>
#include <functional>
#include <ios>

#include "base/error.h"
#include "text/zstd_framing.h"

namespace talmach {
namespace {

namespace bio = boost::iostreams;

// What Boost.Iostreams calls a source: here, the raw bytes of the file.
struct RawDevice : bio::source {
  std::streamsize read(char* bytes, std::streamsize size) {
    const Index count = read_raw(bytes, size);
    return count == 0 ? -1 : count;
  }
  std::function<Index(char*, Index)> read_raw;
};

}  // namespace

class ByteSource::Decompressor {
 public:
  explicit Decompressor(ByteSource* source) {
    RawDevice device;
    if (source->name_.ends_with(".gz")) {
      stream_.push(bio::gzip_decompressor());
      device.read_raw = [source](char* bytes, Index size) { return source->ReadRaw(bytes, size); };
    } else {
      stream_.push(bio::zstd_decompressor());
      device.read_raw = [source, this](char* bytes, Index size) {
        const Index count = source->ReadRaw(bytes, size);
        framing_.Update({bytes, static_cast<std::size_t>(count)});
        RequireSmallWindow(source->name_);
        return count;
      };
    }
    stream_.push(device);
  }

  Index Read(char* bytes, Index size) {
    const Index count = stream_.sgetn(bytes, size);
    if (count == 0 && !framing_.AtFrameEnd()) throw std::ios_base::failure("unexpected end");
    return count;
  }

 private:
  // What `zstd --ultra` and `--long` ask for may be any amount of memory.
  void RequireSmallWindow(const std::string& name) const {
    constexpr std::uint64_t kMaxWindowBytes = std::uint64_t{32} << 20;
    if (framing_.largest_window() <= kMaxWindowBytes) return;
    throw DataError(
        {.where = name,
         .what = "decompressing it takes too much memory",
         .expected = "a window of at most " + std::to_string(kMaxWindowBytes) + " bytes",
         .got = std::to_string(framing_.largest_window()),
         .hint = "compress it without --ultra and --long"});
  }

  ZstdFraming framing_;  // stays at its beginning for other formats
  bio::filtering_streambuf<bio::input> stream_;
};

ByteSource::ByteSource(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw DataError(Complaint{.where = name_, .what = "cannot be opened: " + ErrnoText(errno)});
  }
  if (path.ends_with(".gz") || path.ends_with(".zst")) {
    decompressor_ = std::make_unique<Decompressor>(this);
  }
}

ByteSource::~ByteSource() {
  if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

Index ByteSource::Read(char* bytes, Index size) {
  if (!decompressor_) return ReadRaw(bytes, size);
  try {
    return decompressor_->Read(bytes, size);
  } catch (const std::ios_base::failure& error) {
    throw DataError(Complaint{.where = name_,
                              .what = "damaged or cut off: it cannot be decompressed",
                              .hint = error.what()});
  }
}

bool ByteSource::WaitForBytes(int milliseconds) const {
  if (decompressor_) return true;  // it may hold bytes of which the file knows nothing
  pollfd file = {.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&file, 1, milliseconds) > 0;  // errors are for Read to tell
}

Index ByteSource::ReadRaw(char* bytes, Index size) {
  for (;;) {
    const ssize_t count = read(descriptor_, bytes, static_cast<std::size_t>(size));
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    throw DataError(Complaint{.where = name_, .what = "cannot be read: " + ErrnoText(errno)});
  }
}

}  // namespace talmach
