#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace talmach {

void ParallelRanges(Index count, Index grain, int num_threads,
                    const std::function<void(Index begin, Index end)>& work) {
  if (num_threads <= 0) num_threads = static_cast<int>(std::thread::hardware_concurrency());
  const Index num_ranges = (count + grain - 1) / grain;
  const Index num_workers = std::clamp<Index>(num_threads, 1, std::max<Index>(num_ranges, 1));
  std::atomic<Index> next_range{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;
  auto run = [&] {
    try {
      for (Index range; (range = next_range.fetch_add(1)) < num_ranges;) {
        work(range * grain, std::min(count, (range + 1) * grain));
      }
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
      next_range = num_ranges;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (Index worker = 1; worker < num_workers; ++worker) workers.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace talmach
