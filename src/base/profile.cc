// Each thread has its own counts, so that nothing is shared while products run; a registry keeps
// them all, also those of threads that have ended. A scope charges the time since the last change
// to the zone it leaves, and its end charges the time to its own zone and returns to the outer one.
// So inner scopes interrupt outer ones, and the zones of a thread add up to the time it spent in
// any zone.
#include "base/profile.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace talmach {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> profiling = false;

// What one thread counts; only that thread writes while scopes are open.
struct ThreadCounts {
  Zone zone = Zone::kNone;
  Clock::time_point since;
  Profile zones;

  // Charges the time since the last change to the zone that ends.
  void Enter(Zone next) {
    const Clock::time_point now = Clock::now();
    if (zone != Zone::kNone) {
      zones[static_cast<std::size_t>(zone)].seconds +=
          std::chrono::duration<double>(now - since).count();
    }
    zone = next;
    since = now;
  }
};

// The counts of all threads, those that have ended included.
struct Registry {
  std::mutex mutex;
  std::vector<std::shared_ptr<ThreadCounts>> threads;
};

Registry& AllThreads() {
  static Registry registry;
  return registry;
}

ThreadCounts& ThisThread() {
  thread_local const std::shared_ptr<ThreadCounts> counts = [] {
    auto made = std::make_shared<ThreadCounts>();
    Registry& registry = AllThreads();
    const std::lock_guard lock(registry.mutex);
    registry.threads.push_back(made);
    return made;
  }();
  return *counts;
}

}  // namespace

void SetProfiling(bool on) {
  Registry& registry = AllThreads();
  const std::lock_guard lock(registry.mutex);
  if (on) {
    for (const auto& thread : registry.threads) thread->zones = {};
  }
  profiling = on;
}

Profile CollectProfile() {
  Registry& registry = AllThreads();
  const std::lock_guard lock(registry.mutex);
  Profile total;
  for (const auto& thread : registry.threads) {
    for (std::size_t i = 0; i < total.size(); ++i) {
      total[i].seconds += thread->zones[i].seconds;
      total[i].flops += thread->zones[i].flops;
    }
  }
  return total;
}

void CountFlops(double flops) {
  if (!profiling.load(std::memory_order_relaxed)) return;
  ThreadCounts& counts = ThisThread();
  counts.zones[static_cast<std::size_t>(counts.zone)].flops += flops;
}

ProfileScope::ProfileScope(Zone zone) : active_(profiling.load(std::memory_order_relaxed)) {
  if (!active_) return;
  outer_ = ThisThread().zone;
  ThisThread().Enter(zone);
}

ProfileScope::~ProfileScope() {
  if (active_) ThisThread().Enter(outer_);
}

}  // namespace talmach
