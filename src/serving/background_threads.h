// Two threads for work that takes milliseconds: reading requests, writing answers.
//
// Light work never waits for heavy work, because one thread does nothing else. The second thread
// prefers heavy work, which therefore waits for at most one light piece.
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
  /// Runs the work that still waits.
  ~BackgroundThreads();
  BackgroundThreads(const BackgroundThreads&) = delete;
  BackgroundThreads& operator=(const BackgroundThreads&) = delete;

  /// Work of one kind begins in order. What it throws is logged.
  void Run(Weight weight, std::function<void()> work);

 private:
  using Works = std::deque<std::function<void()>>;

  // Does the work in `first`, and that in `second` (which may be null) when `first` is empty.
  void ThreadMain(Works& first, Works* second);
  void Stop();

  std::mutex mutex_;
  std::condition_variable changed_;
  Works light_, heavy_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace talmach
