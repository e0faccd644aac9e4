#include "kernels/compiling_room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <new>

namespace talmach::onednn {
namespace {

TEST(CompilingRoomTest, WhatIsMadeComesBack) {
  EXPECT_EQ(MakeWithRoom([] { return 7; }), 7);
}

TEST(CompilingRoomTest, TheLibrarysMissingMemoryIsThatOfTheProgram) {
  const auto fail = [](dnnl_status_t status) {
    MakeWithRoom([status]() -> int { throw dnnl::error(status, "it says"); });
  };
  EXPECT_THROW(fail(dnnl_out_of_memory), std::bad_alloc);
  EXPECT_THROW(fail(dnnl_unimplemented), dnnl::error);
  EXPECT_EQ(MakeWithRoom([] { return 7; }), 7) << "the room is left after a failure";
}

TEST(CompilingRoomTest, OneThreadCompilesAtATime) {
  std::future<void> other;
  {
    const CompilingRoom room;
    other = std::async(std::launch::async, [] { const CompilingRoom own; });
    EXPECT_EQ(other.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  }
  other.get();
}

TEST(CompilingRoomTest, NothingIsMadeWithoutRoom) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto make_in_little_space = [] {
    std::size_t pages = 0;
    std::FILE* statm = std::fopen("/proc/self/statm", "r");
    if (statm == nullptr || std::fscanf(statm, "%zu", &pages) != 1) std::_Exit(9);
    constexpr rlim_t kRoom = rlim_t{16} << 20;
    const rlim_t limit = pages * 4096 + kRoom;
    const rlimit both = {limit, limit};
    setrlimit(RLIMIT_AS, &both);
    try {
      MakeWithRoom([] { std::_Exit(1); });
    } catch (const std::bad_alloc&) {
      std::_Exit(0);
    }
  };
  EXPECT_EXIT(make_in_little_space(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace talmach::onednn
