#include "base/start_thread.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "base/thread_pool.h"

namespace talmach {
namespace {

// Leaves room for a few stacks only, runs `use` and ends the process: 0, and what was thrown on
// stderr.
template <typename Use>
[[noreturn]] void UnderALimit(const Use& use) {
  constexpr rlim_t kRoom = rlim_t{100} << 20;
  std::size_t pages = 0;
  std::FILE* statm = std::fopen("/proc/self/statm", "r");
  if (statm == nullptr || std::fscanf(statm, "%zu", &pages) != 1) std::_Exit(9);
  const rlim_t limit = pages * 4096 + kRoom;
  const rlimit both = {limit, limit};
  setrlimit(RLIMIT_AS, &both);
  try {
    use();
  } catch (const Error& error) {
    std::fputs(error.what(), stderr);
    std::_Exit(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "not an Error of ours: %s", error.what());
  }
  std::_Exit(8);
}

class RefusedThreadsTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST(StartThreadTest, RunsItsBody) {
  std::atomic<bool> ran = false;
  StartThread([&] { ran = true; }, "").join();
  EXPECT_TRUE(ran);
  RequireThreads(3, "--threads");
  EXPECT_EQ(CountStartableThreads(3), 3);
}

TEST_F(RefusedThreadsTest, APoolNamesTheLimitAndTheOption) {
  EXPECT_EXIT(UnderALimit([] { ThreadPool(1024, "--threads"); }), ::testing::ExitedWithCode(0),
              "^--threads: the system refuses another thread .*ulimit -v is [0-9]+ KiB.*; ask for "
              "fewer threads, or raise the limit$");
}

TEST_F(RefusedThreadsTest, RequiringThreadsReportsBeforeOpenMpEndsTheProcess) {
  EXPECT_EXIT(UnderALimit([] { RequireThreads(1024, "training.threads"); }),
              ::testing::ExitedWithCode(0), "^training.threads: the system refuses");
}

TEST_F(RefusedThreadsTest, FewerThanWantedAreCounted) {
  EXPECT_EXIT(UnderALimit([] {
                const int count = CountStartableThreads(1024);
                throw Error({.where = count > 0 && count < 200 ? "some" : "all or none"});
              }),
              ::testing::ExitedWithCode(0), "^some$");
}

}  // namespace
}  // namespace talmach
