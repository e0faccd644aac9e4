// Scratch memory for the threads of one kernel call: partial sums and intermediate rows.
#pragma once

#include <algorithm>
#include <vector>

#include "base/types.h"
#include "kernels/parallel.h"

namespace talmach {

/// A zeroed row of floats for each thread. The memory belongs to the calling thread and is used
/// again by its next call, so only one object may live at a time in a thread; a steady state
/// allocates nothing.
class ThreadBuffers {
 public:
  explicit ThreadBuffers(Index width)
      : stride_(RoundUp(width, kCacheLineFloats)), num_threads_(NumThreads()) {
    Memory().assign(static_cast<std::size_t>(stride_ * num_threads_ + kCacheLineFloats), 0.0f);
    data_ = Memory().data();
  }
  ThreadBuffers(const ThreadBuffers&) = delete;
  ThreadBuffers& operator=(const ThreadBuffers&) = delete;

  /// The row of thread `thread` of a ParallelFor.
  float* Row(int thread) const { return data_ + thread * stride_; }

  /// sums[c] += Σ_threads row[begin + c] for c < count, in ascending order of threads.
  void AddTo(Index begin, Index count, float* sums) const {
    for (int thread = 0; thread < num_threads_; ++thread) {
      const float* row = Row(thread) + begin;
      for (Index c = 0; c < count; ++c) sums[c] += row[c];
    }
  }

 private:
  static constexpr Index kCacheLineFloats = 16;  // rows of two threads never share a line

  static std::vector<float>& Memory() {
    thread_local std::vector<float> memory;
    return memory;
  }

  Index stride_;
  int num_threads_;
  float* data_ = nullptr;
};

}  // namespace talmach
