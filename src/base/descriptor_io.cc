// Every descriptor is opened without blocking, and every wait is a poll together with the pipe of
// stop.cc. Two cases need more than a poll. Opening a pipe for writing fails with ENXIO while it
// has no reader, which no poll can wait for, so it is tried every 20 milliseconds. And a write
// larger than PIPE_BUF might block although poll has promised room, so pipes are written in pieces
// of that size.
#include "base/descriptor_io.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/stop.h"

namespace talmach {
namespace {

bool IsRegular(int descriptor) {
  struct stat status = {};
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

bool IsTransient(int error) { return error == EINTR || error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

int OpenForReading(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int OpenRegularFile(const std::string& path, std::string* problem) {
  const int descriptor = OpenForReading(path);
  struct stat status = {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    *problem = ErrnoText(errno);
  } else if (S_ISREG(status.st_mode)) {
    return descriptor;
  } else {
    *problem = S_ISDIR(status.st_mode) ? ErrnoText(EISDIR) : "it is not a regular file";
  }
  if (descriptor >= 0) close(descriptor);
  return -1;
}

std::string CheckRegularFile(const std::string& path) {
  std::string problem;
  if (const int descriptor = OpenRegularFile(path, &problem); descriptor >= 0) close(descriptor);
  return problem;
}

int OpenStreamForWriting(const std::string& path) {
  constexpr int kMilliseconds = 20;
  for (;;) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0 || errno != ENXIO) return descriptor;
    struct stat status = {};  // ENXIO: a pipe without a reader, or a device that is not there
    if (stat(path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
      errno = ENXIO;
      return -1;
    }
    ThrowIfStopped();
    WaitForDescriptor(-1, Access::kWrite, kMilliseconds);
  }
}

Index ReadSome(int descriptor, char* bytes, Index size) {
  for (;;) {
    ThrowIfStopped();
    if (!WaitForDescriptor(descriptor, Access::kRead, -1)) continue;
    const ssize_t count = read(descriptor, bytes, static_cast<std::size_t>(size));
    if (count >= 0 || !IsTransient(errno)) return count;
  }
}

int WriteAll(int descriptor, std::string_view bytes) {
  // A pipe that can be written has room for so much; a longer write might wait in the kernel.
  const std::size_t piece = IsRegular(descriptor) ? bytes.size() : PIPE_BUF;
  while (!bytes.empty()) {
    if (!WaitForDescriptor(descriptor, Access::kWrite, -1)) {
      ThrowIfStopped();
      continue;
    }
    const ssize_t count = write(descriptor, bytes.data(), std::min(bytes.size(), piece));
    if (count < 0 && !IsTransient(errno)) return -1;
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  return 0;
}

}  // namespace talmach
