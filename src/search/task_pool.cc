#include "search/task_pool.h"

#include "kernels/parallel.h"

namespace talmach {

TaskPool::TaskPool(Index num_workers) {
  for (Index worker = 0; worker < num_workers; ++worker) {
    threads_.emplace_back([this, worker] { WorkerMain(worker); });
  }
}

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::Run(Index num_tasks, const std::function<void(Index, Index)>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  num_tasks_ = num_tasks;
  next_task_ = 0;
  num_busy_ = size();
  error_ = nullptr;
  ++run_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return num_busy_ == 0; });
  work_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void TaskPool::WorkerMain(Index worker) {
  SetNumThreads(1);
  std::uint64_t last_run = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || run_ != last_run; });
      if (stopping_) return;
      last_run = run_;
    }
    DoTasks(worker);
    const std::lock_guard lock(mutex_);
    if (--num_busy_ == 0) changed_.notify_all();
  }
}

void TaskPool::DoTasks(Index worker) {
  while (true) {
    Index task;
    {
      const std::lock_guard lock(mutex_);
      if (next_task_ >= num_tasks_) return;
      task = next_task_++;
    }
    try {
      (*work_)(task, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      next_task_ = num_tasks_;
    }
  }
}

}  // namespace talmach
