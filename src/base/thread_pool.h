// Threads that work together: on the shares of a batch, the mini-batches of a text, the lines of a
// file. They outlive a call, so that what kernels keep for each thread (the primitives of products,
// arenas) is made only once.
//
// Inside a kernel OpenMP divides the work instead (kernels/parallel.h): oneDNN uses its threads,
// and a team that spins between products some microseconds apart is faster than one that sleeps.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/types.h"

namespace talmach {

/// `size()` workers, of which worker 0 is the thread that calls Run…. One caller at a time, not
/// from inside a body. After an exception the pool goes on as before.
class ThreadPool {
 public:
  /// Throws Error if the system refuses threads; `option` is what the user can lower.
  explicit ThreadPool(Index num_workers, const std::string& option = "--threads");
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  Index size() const { return static_cast<Index>(threads_.size()) + 1; }

  /// Calls body(worker) once in every worker and waits for all. Throws the exception of the first
  /// worker (by number) that threw.
  void RunInEach(const std::function<void(Index worker)>& body);

  /// Calls body(task, worker) once for each task in [0, num_tasks), workers taking the next task as
  /// they become free, and waits for all. If tasks throw, the exception of the first by number is
  /// thrown here, however many workers there are; tasks that have not begun are left out. Each
  /// begins with a stop point (base/stop.h).
  void RunTasks(Index num_tasks, const std::function<void(Index task, Index worker)>& body);

 private:
  void Serve(Index worker);
  void Call(Index worker, const std::function<void(Index)>& body);
  void Stop();

  std::vector<std::exception_ptr> exceptions_;  // by worker, of the current Run
  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(Index)>* body_ = nullptr;
  std::int64_t round_ = 0;  // counts Runs
  Index unfinished_ = 0;    // workers but the first
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

/// Calls work(begin, end) for consecutive ranges that cover [0, count), in `num_threads` threads
/// that live as long as the call (0: as many as there are cores). Ranges hold at most `grain`
/// items, and each thread takes the next one as it becomes free, so that lines of uneven cost
/// balance. Exceptions are thrown as by RunTasks.
void ParallelRanges(Index count, Index grain, int num_threads,
                    const std::function<void(Index begin, Index end)>& work);
/// The same in the threads of a pool.
void ParallelRanges(Index count, Index grain, ThreadPool& pool,
                    const std::function<void(Index begin, Index end)>& work);

}  // namespace talmach
