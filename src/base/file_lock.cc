#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace talmach {
namespace {

// The number of the process that holds the lock, as it wrote it; empty if it is unknown.
std::string HolderOf(int descriptor) {
  std::array<char, 20> text;
  const ssize_t count = pread(descriptor, text.data(), text.size(), 0);
  if (count <= 0) return "";
  const std::string holder(text.data(), static_cast<std::size_t>(count));
  return holder.substr(0, holder.find_first_not_of("0123456789"));
}

// For the message of those who come second, so a failure does no harm.
void WriteHolder(int descriptor, const std::string& holder) {
  if (ftruncate(descriptor, 0) != 0) return;
  [[maybe_unused]] const ssize_t ignored = pwrite(descriptor, holder.data(), holder.size(), 0);
}

}  // namespace

FileLock::FileLock(const std::string& path, const std::string& what)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    throw Error({.where = path, .what = "cannot be opened: " + ErrnoText(errno)});
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    WriteHolder(descriptor_, std::to_string(getpid()) + "\n");
    return;
  }
  if (errno != EWOULDBLOCK) return;
  const std::string holder = HolderOf(descriptor_);
  close(descriptor_);
  throw Error({.where = path, .what = what, .got = holder.empty() ? "" : "process " + holder});
}

FileLock::~FileLock() {
  WriteHolder(descriptor_, "");
  close(descriptor_);
}

}  // namespace talmach
