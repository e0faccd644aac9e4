#include "base/stop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/thread_pool.h"

namespace talmach {
namespace {

// A pipe with nothing in it.
class Pipe {
 public:
  Pipe() {
    if (pipe(ends_.data()) != 0) std::abort();
  }
  ~Pipe() {
    for (const int end : ends_) close(end);
  }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_;
};

TEST(StopTest, NothingStopsUnlessItIsAsked) {
  EXPECT_EQ(StopSignal(), 0);
  EXPECT_NO_THROW(ThrowIfStopped());
}

TEST(StopTest, InterruptedNamesItsSignal) {
  const Interrupted error(SIGTERM);
  EXPECT_EQ(error.signal_number(), SIGTERM);
  EXPECT_STREQ(error.what(), "stopped by signal 15");
}

TEST(WaitForDescriptorTest, AnAnswerComesWhenThereIsSomethingToReadOrRoomToWrite) {
  const Pipe pipe;
  EXPECT_FALSE(WaitForDescriptor(pipe.reader(), Access::kRead, 0));
  EXPECT_TRUE(WaitForDescriptor(pipe.writer(), Access::kWrite, 0));
  ASSERT_EQ(write(pipe.writer(), "x", 1), 1);
  EXPECT_TRUE(WaitForDescriptor(pipe.reader(), Access::kRead, -1));
  EXPECT_FALSE(WaitForDescriptor(-1, Access::kRead, 0));
}

// A request is for good, so each is made in a process of its own, which ends with 0 if `body` finds
// what it expects.
class StopRequestTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  template <typename Body>
  [[noreturn]] static void Run(const Body& body) {
    PrepareStop();
    std::_Exit(body() ? 0 : 1);
  }
};

TEST_F(StopRequestTest, TheSecondSignalLearnsOfTheFirst) {
  EXPECT_EXIT(Run([] {
                return RequestStop(SIGTERM) == 0 && RequestStop(SIGINT) == SIGTERM &&
                       StopSignal() == SIGINT;
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(StopRequestTest, WorkIsGivenUpWithTheSignalsNumber) {
  EXPECT_EXIT(Run([] {
                RequestStop(SIGINT);
                try {
                  ThrowIfStopped();
                } catch (const Interrupted& error) {
                  return error.signal_number() == SIGINT;
                }
                return false;
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(StopRequestTest, ARequestEndsAWaitWithoutEnd) {
  EXPECT_EXIT(Run([] {
                const Pipe pipe;
                std::jthread signal([] { RequestStop(SIGTERM); });
                return !WaitForDescriptor(pipe.reader(), Access::kRead, -1);
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(StopRequestTest, WhatIsReadyStaysReady) {
  EXPECT_EXIT(Run([] {
                const Pipe pipe;
                RequestStop(SIGTERM);
                return WaitForDescriptor(pipe.writer(), Access::kWrite, -1);
              }),
              ::testing::ExitedWithCode(0), "");
}

TEST_F(StopRequestTest, ErrnoIsThatOfTheInterruptedWork) {
  EXPECT_EXIT(Run([] {
                for (int i = 0; i < 100000; ++i) {  // more bytes than the pipe holds
                  errno = ENOENT;
                  RequestStop(SIGTERM);
                  if (errno != ENOENT) return false;
                }
                return true;
              }),
              ::testing::ExitedWithCode(0), "");
}

// Asks this process to stop, runs `use` and ends the process: with 0 if it was not interrupted,
// with 1 if it was.
template <typename Use>
[[noreturn]] void AfterASignal(const Use& use) {
  PrepareStop();
  RequestStop(SIGTERM);
  try {
    use();
  } catch (const Interrupted& error) {
    std::_Exit(error.signal_number() == SIGTERM ? 1 : 9);
  }
  std::_Exit(0);
}

const ::testing::ExitedWithCode kGoesOn(0);
const ::testing::ExitedWithCode kIsInterrupted(1);

class StopPointTest : public ::testing::Test {
 protected:
  // Nothing asks the process of the other tests to stop.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(StopPointTest, AStopPointThrowsWhereTheThreadIsInterruptible) {
  EXPECT_EXIT(AfterASignal([] {
                const ScopedInterruptible interruptible(true);
                StopPoint();
              }),
              kIsInterrupted, "");
  EXPECT_EXIT(AfterASignal([] {
                StopPoint();  // at first it is not
                const ScopedInterruptible interruptible(true);
                const ScopedInterruptible but_not_here(false);
                StopPoint();
              }),
              kGoesOn, "");
}

TEST_F(StopPointTest, WithoutASignalItDoesNothing) {
  const ScopedInterruptible interruptible(true);
  EXPECT_NO_THROW(StopPoint());
}

TEST_F(StopPointTest, ScopesNest) {
  EXPECT_FALSE(IsInterruptible());
  {
    const ScopedInterruptible outer(true);
    {
      const ScopedInterruptible inner(false);
      EXPECT_FALSE(IsInterruptible());
    }
    EXPECT_TRUE(IsInterruptible());
  }
  EXPECT_FALSE(IsInterruptible());
}

// Tasks end between two of them, and inside them at their own stop points.
TEST_F(StopPointTest, APoolsWorkersAreInterruptibleAsTheirCallerIs) {
  const auto count_tasks = [] { ThreadPool(2).RunTasks(100, [](Index, Index) {}); };
  EXPECT_EXIT(AfterASignal([&] {
                const ScopedInterruptible interruptible(true);
                count_tasks();
              }),
              kIsInterrupted, "");
  EXPECT_EXIT(AfterASignal(count_tasks), kGoesOn, "");
  EXPECT_EXIT(AfterASignal([] {
                const ScopedInterruptible interruptible(true);
                ThreadPool(2).RunInEach([](Index worker) {
                  if (worker == 1) StopPoint();
                });
              }),
              kIsInterrupted, "");
}

}  // namespace
}  // namespace talmach
