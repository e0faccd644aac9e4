// Runs a test with another number of kernel threads.
#pragma once

#include "kernels/parallel.h"

namespace talmach {

/// Sets the number of threads while it lives.
class ThreadCount {
 public:
  explicit ThreadCount(int num_threads) : before_(NumThreads()) { SetNumThreads(num_threads); }
  ~ThreadCount() { SetNumThreads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

}  // namespace talmach
