#include "kernels/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

namespace talmach {
namespace {

using Parts = std::vector<std::tuple<Index, Index, int>>;

Parts PartsOf(Index count, Index grain) {
  std::mutex mutex;
  Parts parts;
  ParallelFor(count, grain, [&](Index begin, Index end, int thread) {
    const std::lock_guard lock(mutex);
    parts.emplace_back(begin, end, thread);
  });
  std::ranges::sort(parts);
  return parts;
}

TEST(ParallelForTest, PartsCoverTheRangeInOrderOfThreads) {
  for (const int threads : {1, 2, 3}) {
    const ScopedNumThreads count(threads);
    for (const Index size : {1, 2, 3, 7, 100}) {
      Index next = 0;
      int last_thread = -1;
      for (const auto& [begin, end, thread] : PartsOf(size, 1)) {
        EXPECT_EQ(begin, next);
        EXPECT_GT(end, begin);
        EXPECT_GT(thread, last_thread);
        EXPECT_LT(thread, threads);
        next = end;
        last_thread = thread;
      }
      EXPECT_EQ(next, size);
    }
  }
}

TEST(ParallelForTest, SmallWorkStaysInOnePart) {
  const ScopedNumThreads count(2);
  EXPECT_EQ(PartsOf(19, 10), (Parts{{0, 19, 0}}));
  EXPECT_EQ(PartsOf(20, 10), (Parts{{0, 10, 0}, {10, 20, 1}}));
}

TEST(ParallelForTest, AllPartsRunInsideAnotherParallelRegion) {
  const ScopedNumThreads count(2);
  const Parts expected = {{0, 5, 0}, {5, 10, 1}};
  Parts inner[2];
#pragma omp parallel num_threads(2)
  inner[omp_get_thread_num()] = PartsOf(10, 1);
  EXPECT_EQ(inner[0], expected);
  EXPECT_EQ(inner[1], expected);
}

TEST(ParallelForTest, NothingToDoCallsNothing) { EXPECT_TRUE(PartsOf(0, 1).empty()); }

TEST(ParallelForTest, EachWorkerHasItsOwnNumberOfThreads) {
  const ScopedNumThreads count(2);
  int in_worker = 0;
  std::thread worker([&] {
    SetNumThreads(1);
    in_worker = NumThreads();
  });
  worker.join();
  EXPECT_EQ(in_worker, 1);
  EXPECT_EQ(NumThreads(), 2);
}

}  // namespace
}  // namespace talmach
