// Data parallelism inside one worker: a static partition of an index range over OpenMP threads.
// (Workers themselves are threads of base/thread_pool.h, which says why these are not.)
//
// Which thread does what depends only on the range and the number of threads, so reductions with
// one partial result per thread are deterministic.
#pragma once

#include <omp.h>

#include <algorithm>

#include "base/types.h"

namespace talmach {

/// How many threads the kernels called from this thread use. Each worker thread sets its own.
inline int NumThreads() { return omp_get_max_threads(); }
inline void SetNumThreads(int num_threads) { omp_set_num_threads(num_threads); }

/// Starts the threads that OpenMP keeps for this thread's kernels, unless they run already.
inline void StartTeam() {
#pragma omp parallel
  {}
}

/// While it lives, the kernels called from this thread use `num_threads` threads; when it is gone,
/// whatever ended its scope, as many as before. Other threads keep their number. It lives and dies
/// on one thread; of several on a thread, the last one made goes first.
class ScopedNumThreads {
 public:
  explicit ScopedNumThreads(int num_threads) : before_(NumThreads()) { SetNumThreads(num_threads); }
  ScopedNumThreads(const ScopedNumThreads&) = delete;
  ScopedNumThreads& operator=(const ScopedNumThreads&) = delete;
  ~ScopedNumThreads() { SetNumThreads(before_); }

 private:
  int before_;
};

/// Calls body(begin, end, thread) for contiguous parts of [0, count), one part per thread; parts
/// have at least `grain` items, so small work stays on the calling thread. `thread` is the number
/// of the part, below NumThreads(). Should OpenMP grant fewer threads (inside another parallel
/// region, for example), they share the same parts. body must not throw.
template <typename Body>
void ParallelFor(Index count, Index grain, const Body& body) {
  const Index parts = std::clamp<Index>(count / std::max<Index>(grain, 1), 1, NumThreads());
  if (parts == 1) {
    if (count > 0) body(Index{0}, count, 0);
    return;
  }
  const int num_threads = static_cast<int>(parts);
#pragma omp parallel num_threads(num_threads)
  for (Index part = omp_get_thread_num(); part < parts; part += omp_get_num_threads()) {
    const Index begin = count * part / parts;
    const Index end = count * (part + 1) / parts;
    if (begin < end) body(begin, end, static_cast<int>(part));
  }
}

}  // namespace talmach
