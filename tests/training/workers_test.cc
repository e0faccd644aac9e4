#include "training/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "kernels/parallel.h"

namespace talmach {
namespace {

TEST(WorkersTest, EveryWorkerRunsOnceInAThreadOfItsOwn) {
  Workers workers(3, 2);
  for (int round = 0; round < 50; ++round) {
    std::vector<int> calls(3, 0);
    std::vector<std::thread::id> ids(3);
    std::vector<int> kernel_threads(3);
    workers.Run([&](int worker) {
      ++calls[worker];
      ids[worker] = std::this_thread::get_id();
      kernel_threads[worker] = NumThreads();
    });
    EXPECT_THAT(calls, ::testing::Each(1));
    EXPECT_THAT(kernel_threads, ::testing::Each(2));
    EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), 3u);
    EXPECT_EQ(ids[0], std::this_thread::get_id());
  }
}

TEST(WorkersTest, TheCallersNumberOfKernelThreadsComesBack) {
  const int before = NumThreads();
  Workers workers(1, before + 3);
  workers.Run([&](int) { EXPECT_EQ(NumThreads(), before + 3); });
  EXPECT_EQ(NumThreads(), before);
}

TEST(WorkersTest, TheFirstWorkersExceptionIsRethrownAndTheyGoOn) {
  Workers workers(3, 1);
  EXPECT_THAT(
      [&] {
        workers.Run([](int worker) {
          if (worker > 0) throw std::runtime_error("worker " + std::to_string(worker));
        });
      },
      ::testing::ThrowsMessage<std::runtime_error>("worker 1"));
  std::vector<int> calls(3, 0);
  workers.Run([&](int worker) { ++calls[worker]; });
  EXPECT_THAT(calls, ::testing::Each(1));
}

}  // namespace
}  // namespace talmach
