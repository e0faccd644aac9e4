// The system has no call that says how many more threads it would grant: the limits of users, of
// control groups and of address space all play a part. So the question is answered by trying:
// threads that only wait are started and, once the answer is known, ended again.
#include "base/start_thread.h"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/resource_limits.h"

namespace talmach {
namespace {

[[noreturn]] void ThrowRefused(const std::system_error& error, const std::string& option) {
  throw Error({.where = option.empty() ? "threads" : option,
               .what = "the system refuses another thread (" + error.code().message() + ")",
               .expected = "limits that leave room for it",
               .got = ThreadLimitsText(),
               .hint = option.empty() ? "" : "ask for fewer threads, or raise the limit"});
}

// Threads that wait until the object is gone.
class WaitingThreads {
 public:
  ~WaitingThreads() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }

  // Throws std::system_error.
  void Start() {
    threads_.emplace_back([this] {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return over_; });
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::vector<std::jthread> threads_;  // the last member: they use the others
};

}  // namespace

std::jthread StartThread(std::function<void()> body, const std::string& option) {
  try {
    return std::jthread(std::move(body));
  } catch (const std::system_error& error) {
    ThrowRefused(error, option);
  }
}

void RequireThreads(int count, const std::string& option) {
  WaitingThreads threads;
  try {
    for (int i = 0; i < count; ++i) threads.Start();
  } catch (const std::system_error& error) {
    ThrowRefused(error, option);
  }
}

int CountStartableThreads(int wanted) {
  WaitingThreads threads;
  for (int started = 0; started < wanted; ++started) {
    try {
      threads.Start();
    } catch (const std::system_error&) {
      return started;
    }
  }
  return wanted;
}

}  // namespace talmach
