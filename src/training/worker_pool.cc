#include "training/worker_pool.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/parallel.h"

namespace talmach {

WorkerPool::WorkerPool(int num_workers, int threads_per_worker)
    : threads_per_worker_(threads_per_worker), exceptions_(static_cast<std::size_t>(num_workers)) {
  Require(num_workers >= 1 && threads_per_worker >= 1, "a pool has workers and threads");
  for (int i = 0; i < num_workers; ++i) arenas_.push_back(std::make_unique<Arena>());
  for (int i = 1; i < num_workers; ++i) threads_.emplace_back([this, i] { Serve(i); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Run(const std::function<void(int)>& body) {
  std::ranges::fill(exceptions_, nullptr);
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    unfinished_ = size() - 1;
    ++round_;
  }
  begin_.notify_all();
  {
    const ScopedNumThreads of_this_worker(threads_per_worker_);
    Call(0, body);
  }
  {
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return unfinished_ == 0; });
  }
  for (const std::exception_ptr& exception : exceptions_) {
    if (exception) std::rethrow_exception(exception);
  }
}

void WorkerPool::Serve(int worker) {
  SetNumThreads(threads_per_worker_);
  std::unique_lock lock(mutex_);
  for (std::int64_t seen = 0;;) {
    begin_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    const std::function<void(int)>& body = *body_;
    lock.unlock();
    Call(worker, body);
    lock.lock();
    if (--unfinished_ == 0) end_.notify_one();
  }
}

void WorkerPool::Call(int worker, const std::function<void(int)>& body) {
  try {
    body(worker);
  } catch (...) {
    exceptions_[static_cast<std::size_t>(worker)] = std::current_exception();
  }
}

}  // namespace talmach
