#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class FileLockTest : public ::testing::Test {
 protected:
  void ExpectHeldBy(pid_t process) const {
    EXPECT_THAT([&] { FileLock(path_, "in use"); },
                ThrowsMessage<Error>(AllOf(HasSubstr(path_), HasSubstr("in use"),
                                           HasSubstr("process " + std::to_string(process)))));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Path("lock");
};

TEST_F(FileLockTest, OneAtATime) {
  std::optional<FileLock> lock;
  lock.emplace(path_, "in use");
  ExpectHeldBy(getpid());
  lock.reset();
  EXPECT_NO_THROW(FileLock(path_, "in use"));
}

TEST_F(FileLockTest, AKilledProcessLeavesNoLock) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const FileLock lock(path_, "in use");
    [[maybe_unused]] const ssize_t told = write(ready[1], "x", 1);
    while (true) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ExpectHeldBy(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(FileLock(path_, "in use"));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(FileLockTest, ALockThatCannotBeOpenedIsAnError) {
  EXPECT_THAT([&] { FileLock(directory_.Path("none/lock"), "in use"); },
              ThrowsMessage<Error>(HasSubstr("No such file")));
}

}  // namespace
}  // namespace talmach
