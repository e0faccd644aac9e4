#include "base/thread_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::Each;
using ::testing::ThrowsMessage;

TEST(ThreadPoolTest, EveryWorkerRunsOnceInAThreadOfItsOwn) {
  ThreadPool pool(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<int> calls(3, 0);
    std::vector<std::thread::id> ids(3);
    pool.RunInEach([&](Index worker) {
      ++calls[worker];
      ids[worker] = std::this_thread::get_id();
    });
    EXPECT_THAT(calls, Each(1));
    EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), 3u);
    EXPECT_EQ(ids[0], std::this_thread::get_id());
  }
}

TEST(ThreadPoolTest, TheFirstWorkersExceptionIsRethrownAndThePoolGoesOn) {
  ThreadPool pool(3);
  EXPECT_THAT(
      [&] {
        pool.RunInEach([](Index worker) {
          if (worker > 0) throw std::runtime_error("worker " + std::to_string(worker));
        });
      },
      ThrowsMessage<std::runtime_error>("worker 1"));
  std::vector<int> calls(3, 0);
  pool.RunInEach([&](Index worker) { ++calls[worker]; });
  EXPECT_THAT(calls, Each(1));
}

TEST(ThreadPoolTest, EachTaskIsDoneOnce) {
  ThreadPool pool(3);
  for (const Index num_tasks : {0, 1, 2, 100}) {
    std::vector<std::atomic<int>> counts(static_cast<std::size_t>(num_tasks));
    pool.RunTasks(num_tasks, [&](Index task, Index worker) {
      EXPECT_GE(worker, 0);
      EXPECT_LT(worker, 3);
      ++counts[task];
    });
    for (const auto& count : counts) EXPECT_EQ(count, 1);
  }
}

TEST(ThreadPoolTest, OfTasksThatFailTheFirstOneIsReportedWhateverFailsFirst) {
  for (const Index num_workers : {1, 2, 4}) {
    ThreadPool pool(num_workers);
    for (int round = 0; round < 50; ++round) {
      EXPECT_THAT(
          [&] {
            pool.RunTasks(50, [](Index task, Index) {
              if (task == 7) std::this_thread::yield();
              if (task >= 7) throw std::runtime_error("task " + std::to_string(task));
            });
          },
          ThrowsMessage<std::runtime_error>("task 7"));
    }
    std::atomic<int> count = 0;
    pool.RunTasks(5, [&](Index, Index) { ++count; });
    EXPECT_EQ(count, 5);
  }
}

TEST(ThreadPoolTest, AFailureLeavesTasksOutThatHaveNotBegun) {
  ThreadPool pool(1);
  int done = 0;
  EXPECT_THROW(pool.RunTasks(9,
                             [&](Index task, Index) {
                               ++done;
                               if (task == 3) throw std::runtime_error("three");
                             }),
               std::runtime_error);
  EXPECT_EQ(done, 4);
}

TEST(ParallelRangesTest, CoversEveryItemOnce) {
  std::vector<int> visits(1003);
  ParallelRanges(1003, 10, 4, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) ++visits[i];
  });
  EXPECT_EQ(visits, std::vector<int>(1003, 1));
  ParallelRanges(0, 10, 4, [](Index, Index) { FAIL() << "there is nothing to do"; });
}

TEST(ParallelRangesTest, PassesExceptionsOn) {
  EXPECT_THROW(ParallelRanges(100, 1, 4,
                              [](Index begin, Index) {
                                if (begin == 50) throw DataError({.where = "line 51"});
                              }),
               DataError);
}

}  // namespace
}  // namespace talmach
