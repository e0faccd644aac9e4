// The threads of data parallelism: each worker has an arena of its own and runs kernels on its own
// share of the cores.
//
// One worker with all cores splits every product; several workers split the batch instead and meet
// only once per update, which suits a recurrent network, whose steps are small products.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tensor/arena.h"

namespace talmach {

/// Threads that live as long as the pool. Worker 0 is the thread that calls Run.
class WorkerPool {
 public:
  WorkerPool(int num_workers, int threads_per_worker);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  int size() const { return static_cast<int>(arenas_.size()); }
  int threads_per_worker() const { return threads_per_worker_; }
  /// The arena of a worker; to be used by that worker only while Run runs.
  Arena& arena(int worker) { return *arenas_[static_cast<std::size_t>(worker)]; }

  /// Calls body(worker) once in every worker and waits for all. Rethrows the exception of the first
  /// worker (by number) that threw. One thread at a time, not from inside a body.
  void Run(const std::function<void(int)>& body);

 private:
  void Serve(int worker);
  void Call(int worker, const std::function<void(int)>& body);

  int threads_per_worker_;
  std::vector<std::unique_ptr<Arena>> arenas_;
  std::vector<std::exception_ptr> exceptions_;  // by worker, of the current Run

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(int)>* body_ = nullptr;
  std::int64_t round_ = 0;  // counts Runs
  int unfinished_ = 0;      // workers but the first
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace talmach
