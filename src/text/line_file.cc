// The index holds the offset of every 16th line: eight bytes for 16 lines. To read a line, the file
// is read from the nearest offset on and up to 15 newlines are skipped, which stays within a page
// or two that the system mostly has in its cache. The scan that builds the index also computes the
// checksum of the text, by which a resumed run recognises it.
#include "text/line_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/checksum.h"
#include "base/error.h"
#include "base/stop.h"
#include "text/byte_source.h"

namespace talmach {
namespace {

constexpr Index kStride = 16;
constexpr Index kScanBytes = 1 << 16;
constexpr Index kReadBytes = 1 << 12;

[[noreturn]] void ThrowNoRoom(const std::string& path) {
  const int error = errno;
  throw Error(Complaint{.where = path,
                        .what = "cannot be unpacked into a temporary file: " + ErrnoText(error),
                        .hint = "set TMPDIR to a directory with room, or unpack it yourself"});
}

// An open file that has no name and vanishes when it is closed.
int OpenUnnamed(const std::string& path_for_errors) {
  std::string pattern = std::filesystem::temp_directory_path() / "talmach-XXXXXX";
  const int descriptor = mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor < 0) ThrowNoRoom(path_for_errors);
  unlink(pattern.c_str());
  return descriptor;
}

void CopyAll(ByteSource& source, int descriptor) {
  std::array<char, kScanBytes> buffer;
  while (const Index count = source.Read(buffer.data(), kScanBytes)) {
    for (Index done = 0; done < count;) {
      const ssize_t written = write(descriptor, buffer.data() + done, count - done);
      if (written < 0 && errno != EINTR) ThrowNoRoom(source.name());
      done += std::max<ssize_t>(written, 0);
    }
  }
}

}  // namespace

void RequireRegularText(const std::string& path) {
  struct stat status = {};
  const bool is_stdin = path == "-";
  if (!is_stdin && (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode))) return;
  throw DataError({.where = is_stdin ? "standard input" : path,
                   .what = "cannot be trained on",
                   .expected = "a regular file, as training reads its text more than once",
                   .got = is_stdin                   ? "a stream"
                          : S_ISFIFO(status.st_mode) ? "a pipe"
                          : S_ISDIR(status.st_mode)  ? "a directory"
                                                     : "a device",
                   .hint = "write the text to a file first"});
}

LineFile::LineFile(const std::string& path, const TextReaderOptions& options) : options_(options) {
  RequireRegularText(path);
  ByteSource source(path);
  name_ = source.name();
  if (!source.compressed()) {
    descriptor_ = fcntl(source.descriptor(), F_DUPFD_CLOEXEC, 0);
  } else {
    descriptor_ = OpenUnnamed(name_);
    CopyAll(source, descriptor_);
  }
  BuildIndex();
}

LineFile::LineFile(LineFile&& other) noexcept
    : name_(std::move(other.name_)),
      options_(other.options_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      num_lines_(other.num_lines_),
      checksum_(std::move(other.checksum_)),
      offsets_(std::move(other.offsets_)) {}

LineFile::~LineFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void LineFile::BuildIndex() {
  std::array<char, kScanBytes> buffer;
  Checksum checksum;
  Index offset = 0;
  bool at_line_begin = true;
  while (const Index count = ReadAt(offset, buffer.data(), kScanBytes)) {
    ThrowIfStopped();  // a corpus may take minutes
    const char* const end = buffer.data() + count;
    checksum.Update({buffer.data(), end});
    for (const char* position = buffer.data(); position < end;) {
      if (at_line_begin && num_lines_++ % kStride == 0) {
        offsets_.push_back(offset + (position - buffer.data()));
      }
      const void* newline = std::memchr(position, '\n', static_cast<std::size_t>(end - position));
      at_line_begin = newline != nullptr;
      position = at_line_begin ? static_cast<const char*>(newline) + 1 : end;
    }
    offset += count;
  }
  checksum_ = checksum.Hex();
}

void LineFile::Read(Index line, std::string* text, TextRepairs* repairs) {
  Require(0 <= line && line < num_lines_, "the line is in the file");
  text->clear();
  std::array<char, kReadBytes> buffer;
  Index offset = offsets_[line / kStride];
  Index to_skip = line % kStride;
  bool cut = false;
  for (bool ended = false; !ended;) {
    const Index count = ReadAt(offset, buffer.data(), kReadBytes);
    if (count == 0) break;  // the last line, without an ending
    offset += count;
    const char* const end = buffer.data() + count;
    for (const char* position = buffer.data(); position < end && !ended;) {
      const void* newline = std::memchr(position, '\n', static_cast<std::size_t>(end - position));
      const char* line_end = newline == nullptr ? end : static_cast<const char*>(newline);
      if (to_skip > 0) {
        to_skip -= newline != nullptr;
      } else {
        const Index room = options_.max_line_bytes - std::ssize(*text);
        cut |= line_end - position > room;
        text->append(position, std::min<Index>(line_end - position, room));
        ended = newline != nullptr;
      }
      position = line_end + 1;
    }
  }
  if (to_skip > 0) {
    throw DataError(Complaint{.where = name_, .what = "the file has been changed while in use"});
  }
  const bool may_skip_mark = line == 0 && !options_.keep_byte_order_mark;
  CleanLine({.number = line + 1, .first = may_skip_mark, .cut = cut}, text, repairs);
}

Index LineFile::ReadAt(Index offset, char* bytes, Index size) const {
  for (;;) {
    const ssize_t count = pread(descriptor_, bytes, static_cast<std::size_t>(size), offset);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    throw DataError(Complaint{.where = name_, .what = "cannot be read: " + ErrnoText(errno)});
  }
}

}  // namespace talmach
