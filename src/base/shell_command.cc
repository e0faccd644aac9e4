#include "base/shell_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/stop.h"

namespace talmach {
namespace {

constexpr long kKeptBytes = 1 << 16;  // of each stream
constexpr int kWaitMilliseconds = 10;
constexpr int kGraceMilliseconds = 1000;  // between SIGTERM and SIGKILL

[[noreturn]] void ThrowRefused(const std::string& what, int error) {
  throw Error({.where = "/bin/sh", .what = what + ": " + ErrnoText(error)});
}

// What a command writes to one of its streams goes to a file: unlike a pipe it never keeps the
// command waiting, nor us, when a process that outlives the command holds it open.
class Stream {
 public:
  Stream() : file_(std::tmpfile(), &std::fclose) {
    if (file_ == nullptr) ThrowRefused("no temporary file for its output", errno);
  }

  int descriptor() const { return fileno(file_.get()); }

  std::string End() const {
    std::fseek(file_.get(), 0, SEEK_END);
    const long size = std::ftell(file_.get());
    std::fseek(file_.get(), std::max(0L, size - kKeptBytes), SEEK_SET);
    std::string text(static_cast<std::size_t>(std::clamp(size, 0L, kKeptBytes)), '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file_.get()));
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// How the command begins: in a process group of its own, so that it can be ended with its children,
// without our blocked and ignored signals and without our files.
class SpawnSettings {
 public:
  SpawnSettings(const Stream& output, const Stream& errors) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, errors.descriptor(), STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGXFSZ}) sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

pid_t Start(const std::string& command, const std::vector<std::string>& arguments,
            const SpawnSettings& settings) {
  std::vector<std::string> words = {"sh", "-c", command + " \"$@\"", "sh"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t id = 0;
  const int error = posix_spawn(&id, "/bin/sh", settings.actions(), settings.attributes(),
                                pointers.data(), environ);
  if (error != 0) ThrowRefused("the system refuses another process", error);
  return id;
}

// Its exit code, once it has ended.
std::optional<int> ExitCode(pid_t id) {
  int status = 0;
  if (waitpid(id, &status, WNOHANG) == 0) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void End(pid_t id) {
  kill(-id, SIGTERM);
  for (int waited = 0; waited < kGraceMilliseconds; waited += kWaitMilliseconds) {
    if (ExitCode(id)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(kWaitMilliseconds));
  }
  kill(-id, SIGKILL);
  while (waitpid(id, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace

std::optional<CommandResult> RunShellCommand(const std::string& command,
                                             const std::vector<std::string>& arguments,
                                             const std::function<bool()>& should_stop) {
  const Stream output;
  const Stream errors;
  const pid_t id = Start(command, arguments, SpawnSettings(output, errors));
  for (;;) {
    if (const std::optional<int> code = ExitCode(id)) {
      return CommandResult{.exit_code = *code, .output = output.End(), .errors = errors.End()};
    }
    if (StopSignal() != 0 || should_stop()) {
      End(id);
      return std::nullopt;
    }
    WaitForDescriptor(-1, Access::kRead, kWaitMilliseconds);  // a stop ends it
  }
}

}  // namespace talmach
