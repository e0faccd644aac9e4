// The workers of data parallelism: each has an arena of its own and runs kernels on its own share
// of the cores.
//
// One worker with all cores splits every product; several workers split the batch instead and meet
// only once per update, which suits a recurrent network, whose steps are small products.
#pragma once

#include <functional>
#include <vector>

#include "base/thread_pool.h"
#include "tensor/arena.h"

namespace talmach {

class Workers {
 public:
  /// Throws Error if the system refuses threads.
  Workers(int num_workers, int threads_per_worker);

  int size() const { return static_cast<int>(arenas_.size()); }
  int threads_per_worker() const { return threads_per_worker_; }
  /// The arena of a worker; to be used by that worker only while Run runs.
  Arena& arena(int worker) { return arenas_[static_cast<std::size_t>(worker)]; }

  /// Calls body(worker) once in every worker, of which 0 is the calling thread, and waits for all.
  /// Rethrows the exception of the first worker (by number) that threw. One thread at a time, not
  /// from inside a body.
  void Run(const std::function<void(int worker)>& body);

 private:
  int threads_per_worker_;
  std::vector<Arena> arenas_;
  ThreadPool threads_;
};

}  // namespace talmach
