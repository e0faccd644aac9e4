#include "serving/background_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>

namespace talmach {
namespace {

using enum BackgroundThreads::Weight;

TEST(BackgroundThreadsTest, LightWorkDoesNotWaitForHeavyWork) {
  BackgroundThreads threads;
  std::promise<void> gate, done;
  threads.Run(kHeavy, [opened = gate.get_future().share()] { opened.wait(); });
  for (int i = 0; i < 5; ++i) threads.Run(kHeavy, [] {});
  threads.Run(kLight, [&] { done.set_value(); });
  done.get_future().wait();
  gate.set_value();
}

TEST(BackgroundThreadsTest, DoesWhatWaitsBeforeItEnds) {
  std::atomic<int> count = 0;
  {
    BackgroundThreads threads;
    for (int i = 0; i < 100; ++i) threads.Run(i % 2 == 0 ? kLight : kHeavy, [&] { ++count; });
  }
  EXPECT_EQ(count, 100);
}

TEST(BackgroundThreadsTest, WhatIsThrownEndsTheWorkAndNotTheThread) {
  std::atomic<int> count = 0;
  {
    BackgroundThreads threads;
    for (int i = 0; i < 4; ++i)
      threads.Run(i % 2 == 0 ? kLight : kHeavy, [] { throw std::bad_alloc(); });
    for (int i = 0; i < 4; ++i) threads.Run(i % 2 == 0 ? kLight : kHeavy, [&] { ++count; });
  }
  EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace talmach
