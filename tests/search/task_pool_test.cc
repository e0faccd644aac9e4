#include "search/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace talmach {
namespace {

TEST(TaskPoolTest, DoesEachTaskOnce) {
  TaskPool pool(3);
  for (const Index num_tasks : {0, 1, 2, 100}) {
    std::vector<std::atomic<int>> counts(static_cast<std::size_t>(num_tasks));
    pool.Run(num_tasks, [&](Index task, Index worker) {
      EXPECT_GE(worker, 0);
      EXPECT_LT(worker, 3);
      ++counts[task];
    });
    for (const auto& count : counts) EXPECT_EQ(count, 1);
  }
}

TEST(TaskPoolTest, ThrowsTheFirstExceptionAndStaysUsable) {
  TaskPool pool(2);
  EXPECT_THROW(pool.Run(50,
                        [](Index task, Index) {
                          if (task == 7) throw std::runtime_error("seven");
                        }),
               std::runtime_error);
  std::atomic<int> count = 0;
  pool.Run(5, [&](Index, Index) { ++count; });
  EXPECT_EQ(count, 5);
}

}  // namespace
}  // namespace talmach
