#include "base/shell_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::EndsWith;
using ::testing::SizeIs;

bool GoOn() { return false; }

CommandResult Do(const std::string& command, const std::vector<std::string>& arguments = {}) {
  return RunShellCommand(command, arguments, GoOn).value();
}

TEST(ShellCommandTest, GetsItsArgumentsBehindItsOwn) {
  EXPECT_EQ(Do("printf '%s|'", {"a b", "$HOME", "\"'"}).output, "a b|$HOME|\"'|");
  EXPECT_EQ(Do("echo").output, "\n");
}

TEST(ShellCommandTest, KeepsItsStreamsApartAndHasNoInput) {
  const CommandResult result = Do("cat; echo score; echo trouble >&2; :");
  EXPECT_EQ(result.output, "score\n");
  EXPECT_EQ(result.errors, "trouble\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST(ShellCommandTest, SaysHowItEnded) {
  EXPECT_EQ(Do("exit 3;").exit_code, 3);
  EXPECT_EQ(Do("kill -KILL $$;").exit_code, 128 + SIGKILL);
  EXPECT_EQ(Do("/no/such/program").exit_code, 127);
  EXPECT_EQ(Do("echo 'an open quote").exit_code, 2);
}

TEST(ShellCommandTest, KeepsTheEndOfLongOutput) {
  const CommandResult result = Do("seq 1 100000; :");
  EXPECT_THAT(result.output, SizeIs(1 << 16));
  EXPECT_THAT(result.output, EndsWith("\n100000\n"));
}

TEST(ShellCommandTest, DoesNotWaitForWhatItLeftRunning) {
  const CommandResult result = Do("sleep 1000 & echo $!; :");
  EXPECT_EQ(kill(std::stoi(result.output), SIGKILL), 0) << "it was still running";
}

TEST(ShellCommandTest, HoldsNoneOfOurFiles) {
  const TemporaryDirectory directory;
  EXPECT_EQ(Do("ls /proc/self/fd | wc -l; :").output, "4\n");  // three and the listing's own
}

// Its children are in its process group, even where it ignores the signal.
TEST(ShellCommandTest, AStopEndsItWithItsChildrenAlthoughTheyIgnoreTheSignal) {
  const TemporaryDirectory directory;
  const std::string child = directory.Path("child");
  const auto has_begun = [&] { return std::filesystem::exists(child); };
  const auto result = RunShellCommand(
      "trap '' TERM; sh -c 'echo $$ > \"$1.new\"; mv \"$1.new\" \"$1\"; while :; do "
      "sleep 1; done' sh",
      {child}, has_begun);
  EXPECT_EQ(result, std::nullopt);
  const int id = std::stoi(directory.Read("child"));
  // Killed at once, reaped by whoever is responsible for orphans.
  for (int i = 0; i < 500 && kill(id, 0) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(kill(id, 0), 0);
}

}  // namespace
}  // namespace talmach
