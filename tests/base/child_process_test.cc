#include "base/child_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

#include "base/stop.h"

namespace talmach {
namespace {

TEST(ChildProcessTest, ReturnsWhatTheWorkReturns) {
  EXPECT_EQ(RunInChildProcess([] { return ""; }), "");
  const std::string large(1000000, 'x');
  EXPECT_EQ(RunInChildProcess([&] { return large + "."; }), large + ".");
}

TEST(ChildProcessTest, HasNoResultIfTheWorkFailsInWhateverWay) {
  EXPECT_EQ(RunInChildProcess([]() -> std::string { throw std::bad_alloc(); }), std::nullopt);
  EXPECT_EQ(RunInChildProcess([]() -> std::string { std::_Exit(0); }), std::nullopt);
  EXPECT_EQ(RunInChildProcess([] {
              std::raise(SIGKILL);
              return "never";
            }),
            std::nullopt);
}

TEST(ChildProcessTest, PrintsNothingAndChangesNothing) {
  int count = 0;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunInChildProcess([&] {
              ++count;
              std::fputs("a library's last words", stderr);
              std::fflush(stderr);
              return std::to_string(count);
            }),
            "1");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(count, 0);
}

TEST(ChildProcessTest, AStopEndsIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_for_ever = [] {
    for (;;) pause();
    return "";
  };
  EXPECT_EXIT(
      {
        PrepareStop();
        const std::jthread signaller([] { RequestStop(SIGTERM); });
        try {
          RunInChildProcess(wait_for_ever);
        } catch (const Interrupted&) {
          std::_Exit(7);
        }
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace talmach
