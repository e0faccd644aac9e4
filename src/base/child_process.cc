// fork without exec. The child has a copy of the parent's memory, so `work` needs no serialised
// input; only its result comes back, through a pipe. Of the parent's threads only the forking one
// exists in the child, so locks that others held stay locked for ever there: `work` must not need
// any (malloc's own are released by the C library), and the child ends with _exit, running no
// destructors.
//
// The result ends with a mark. A child that was killed, or that a library ended, closes the pipe
// without it, which the parent takes for "no result"; an exit code could not tell a short result
// from a whole one. If the parent dies, the kernel kills the child (PR_SET_PDEATHSIG); if the
// parent is stopped, Child's destructor does.
#include "base/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "base/descriptor_io.h"
#include "base/error.h"
#include "base/resource_limits.h"

namespace talmach {
namespace {

// The last byte of a whole result.
constexpr char kEndMark = '.';

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }
  int number() const { return number_; }
  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// Blocks SIGINT and SIGTERM in this thread, and in the child that it makes.
class BlockedStopSignals {
 public:
  BlockedStopSignals() {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  BlockedStopSignals(const BlockedStopSignals&) = delete;
  BlockedStopSignals& operator=(const BlockedStopSignals&) = delete;
  ~BlockedStopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill(id_, SIGKILL);
    while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

 private:
  pid_t id_;
};

// What the child does. It never returns: the caller would destroy objects that belong to the
// parent.
[[noreturn]] void RunAsChild(const std::function<std::string()>& work, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the result
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
  try {
    const std::string result = work() + kEndMark;
    std::string_view rest = result;
    while (!rest.empty()) {
      const ssize_t size = write(output, rest.data(), rest.size());
      if (size < 0 && errno != EINTR) break;
      rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
  } catch (...) {  // there is no result
  }
  _exit(0);
}

[[noreturn]] void ThrowRefused(int error) {
  throw Error({.where = "talmach",
               .what = "the system refuses another process (" + ErrnoText(error) + ")",
               .expected = "limits that leave room for it",
               .got = ThreadLimitsText()});
}

}  // namespace

std::optional<std::string> RunInChildProcess(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) ThrowRefused(errno);
  const Descriptor input(ends[0]);
  Descriptor output(ends[1]);
  pid_t id = 0;
  {
    // A signal to the whole process group is for the parent to handle.
    const BlockedStopSignals blocked;
    id = fork();
    if (id == 0) RunAsChild(work, output.number());
  }
  if (id < 0) ThrowRefused(errno);
  const Child child(id);
  output.Close();
  std::string result;
  std::array<char, 65536> buffer{};
  while (const Index size = ReadSome(input.number(), buffer.data(), std::ssize(buffer))) {
    if (size < 0) return std::nullopt;
    result.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (result.empty() || result.back() != kEndMark) return std::nullopt;
  result.pop_back();
  return result;
}

}  // namespace talmach
