// Two threads for what takes milliseconds: reading requests, writing answers.
//
// Light work does not wait for heavy work, because one thread does no other. The second thread
// begins with what is heavy, which therefore waits for one light piece at most.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace talmach {

/// Thread-safe.
class BackgroundThreads {
 public:
  enum class Weight { kLight, kHeavy };

  /// Throws Error if the system refuses threads.
  BackgroundThreads();
  /// Runs what still waits.
  ~BackgroundThreads();
  BackgroundThreads(const BackgroundThreads&) = delete;
  BackgroundThreads& operator=(const BackgroundThreads&) = delete;

  /// Work of one kind begins in order. What it throws is logged.
  void Run(Weight weight, std::function<void()> work);

 private:
  using Works = std::deque<std::function<void()>>;

  // Does what waits in `first`, and in `second` (which may be null) when that is empty.
  void ThreadMain(Works& first, Works* second);
  void Stop();

  std::mutex mutex_;
  std::condition_variable changed_;
  Works light_, heavy_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace talmach
