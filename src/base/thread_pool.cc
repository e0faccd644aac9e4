// Workers sleep on a condition variable between calls. A call publishes its body and counts round_
// up; a worker runs the body once for each new round it sees, counts unfinished_ down, and sleeps
// again. Worker 0 is the calling thread, so a pool of one has no threads at all and runs its body
// directly.
//
// Tasks of uneven cost are not assigned beforehand: an atomic counter holds the next task, and each
// worker takes one when it is free. Which worker runs which task varies from run to run, so bodies
// must not let a result depend on it. When a task throws, the counter jumps to the end, so that no
// further task begins; those under way finish.
#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>

#include "base/available_cores.h"
#include "base/error.h"
#include "base/start_thread.h"
#include "base/stop.h"

namespace talmach {

ThreadPool::ThreadPool(Index num_workers, const std::string& option)
    : exceptions_(static_cast<std::size_t>(num_workers)) {
  Require(num_workers >= 1, "a pool has workers");
  threads_.reserve(static_cast<std::size_t>(num_workers - 1));
  try {
    for (Index worker = 1; worker < num_workers; ++worker) {
      threads_.push_back(StartThread([this, worker] { Serve(worker); }, option));
    }
  } catch (...) {
    Stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  begin_.notify_all();
  threads_.clear();  // joins
}

void ThreadPool::RunInEach(const std::function<void(Index)>& body) {
  std::ranges::fill(exceptions_, nullptr);
  const bool interruptible = IsInterruptible();
  const std::function<void(Index)> call = [&](Index worker) {
    const ScopedInterruptible as_caller(interruptible);
    body(worker);
  };
  {
    const std::lock_guard lock(mutex_);
    body_ = &call;
    unfinished_ = size() - 1;
    ++round_;
  }
  begin_.notify_all();
  Call(0, body);
  {
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return unfinished_ == 0; });
  }
  for (const std::exception_ptr& exception : exceptions_) {
    if (exception) std::rethrow_exception(exception);
  }
}

// Tasks are begun in ascending order, so the first that fails has begun before any other failure
// can stop the rest: which exception is thrown does not depend on the workers.
void ThreadPool::RunTasks(Index num_tasks, const std::function<void(Index, Index)>& body) {
  std::atomic<Index> next{0};
  std::mutex failure_mutex;
  Index failed_task = num_tasks;
  std::exception_ptr failure;
  RunInEach([&](Index worker) {
    for (Index task; (task = next.fetch_add(1)) < num_tasks;) {
      try {
        StopPoint();
        body(task, worker);
      } catch (...) {
        next = num_tasks;
        const std::lock_guard lock(failure_mutex);
        if (task < failed_task) {
          failed_task = task;
          failure = std::current_exception();
        }
      }
    }
  });
  if (failure) std::rethrow_exception(failure);
}

void ThreadPool::Serve(Index worker) {
  std::unique_lock lock(mutex_);
  for (std::int64_t seen = 0;;) {
    begin_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    const std::function<void(Index)>& body = *body_;
    lock.unlock();
    Call(worker, body);
    lock.lock();
    if (--unfinished_ == 0) end_.notify_one();
  }
}

void ThreadPool::Call(Index worker, const std::function<void(Index)>& body) {
  try {
    body(worker);
  } catch (...) {
    exceptions_[static_cast<std::size_t>(worker)] = std::current_exception();
  }
}

void ParallelRanges(Index count, Index grain, int num_threads,
                    const std::function<void(Index begin, Index end)>& work) {
  if (num_threads <= 0) num_threads = AvailableCores();
  const Index num_ranges = (count + grain - 1) / grain;
  ThreadPool pool(std::clamp<Index>(num_threads, 1, std::max<Index>(num_ranges, 1)));
  ParallelRanges(count, grain, pool, work);
}

void ParallelRanges(Index count, Index grain, ThreadPool& pool,
                    const std::function<void(Index begin, Index end)>& work) {
  pool.RunTasks((count + grain - 1) / grain, [&](Index range, Index) {
    work(range * grain, std::min(count, (range + 1) * grain));
  });
}

}  // namespace talmach
