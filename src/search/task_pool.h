// Threads that outlive a call, so that what kernels keep per thread (products' primitives, arenas)
// is made once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/types.h"

namespace talmach {

/// A fixed number of worker threads, each of whose kernels use one thread.
class TaskPool {
 public:
  explicit TaskPool(Index num_workers);
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;
  ~TaskPool();

  Index size() const { return static_cast<Index>(threads_.size()); }

  /// Calls work(task, worker) once for each task in [0, num_tasks), workers taking the next task
  /// as they become free, and returns when all are done. The first exception stops the rest and
  /// is thrown here. One caller at a time.
  void Run(Index num_tasks, const std::function<void(Index task, Index worker)>& work);

 private:
  void WorkerMain(Index worker);
  void DoTasks(Index worker);

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(Index, Index)>* work_ = nullptr;  // of the current Run
  Index num_tasks_ = 0;
  Index next_task_ = 0;
  Index num_busy_ = 0;
  std::uint64_t run_ = 0;  // counts calls of Run
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace talmach
