// Everything a signal handler may do is in RequestStop: an atomic exchange and a write to a pipe.
// The rest asks afterwards. There are two ways to ask:
//
// - Computations call StopPoint, which reads a flag of the thread and an atomic: a few nanoseconds.
// - Waits call WaitForDescriptor, which polls the descriptor and the pipe together. The byte in the
//   pipe is never read, so every later wait ends at once, too. A flag alone could be set between
//   the moment it is checked and the moment the wait begins; then the wait would not end.
#include "base/stop.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace talmach {
namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "it is written by a signal handler");

// The ends to read from and to write to; a byte in it says that a stop was asked for.
std::array<int, 2> stop_pipe = {-1, -1};

thread_local bool is_interruptible = false;

}  // namespace

Interrupted::Interrupted(int signal_number)
    : Error({.what = "stopped by signal " + std::to_string(signal_number)}),
      signal_number_(signal_number) {}

void PrepareStop() {
  if (pipe2(stop_pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0) return;
  throw Error({.where = "signals", .what = "no pipe can be made: " + ErrnoText(errno)});
}

int RequestStop(int signal_number) {
  const int error = errno;  // that of whatever the signal has interrupted
  const int before = stop_signal.exchange(signal_number);
  // A byte that does not fit is not needed: others are there.
  [[maybe_unused]] const ssize_t ignored = write(stop_pipe[1], "", 1);
  errno = error;
  return before;
}

const std::atomic<int>& StopSignal() { return stop_signal; }

void ThrowIfStopped() {
  if (const int signal_number = stop_signal.load(); signal_number != 0) {
    throw Interrupted(signal_number);
  }
}

ScopedInterruptible::ScopedInterruptible(bool interruptible)
    : before_(std::exchange(is_interruptible, interruptible)) {}

ScopedInterruptible::~ScopedInterruptible() { is_interruptible = before_; }

bool IsInterruptible() { return is_interruptible; }

void StopPoint() {
  if (is_interruptible) ThrowIfStopped();
}

bool WaitForDescriptor(int descriptor, Access access, int milliseconds) {
  const short events = access == Access::kRead ? POLLIN : POLLOUT;
  std::array<pollfd, 2> files = {{{.fd = descriptor, .events = events, .revents = 0},
                                  {.fd = stop_pipe[0], .events = POLLIN, .revents = 0}}};
  for (;;) {
    const int count = poll(files.data(), files.size(), milliseconds);
    if (count < 0 && errno == EINTR && stop_signal == 0) continue;
    return count > 0 && files[0].revents != 0;
  }
}

}  // namespace talmach
