// Two queues, two threads. The first thread serves the light queue only. The second prefers the
// heavy queue and helps with the light one when there is nothing heavy. So light work waits for
// heavy work only when both threads are busy with pieces that were there first.
#include "serving/background_threads.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "base/start_thread.h"

namespace talmach {

BackgroundThreads::BackgroundThreads() {
  try {
    threads_.push_back(StartThread([this] { ThreadMain(light_, nullptr); }, ""));
    threads_.push_back(StartThread([this] { ThreadMain(heavy_, &light_); }, ""));
  } catch (...) {
    Stop();
    throw;
  }
}

BackgroundThreads::~BackgroundThreads() { Stop(); }

void BackgroundThreads::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // waits for them
}

void BackgroundThreads::Run(Weight weight, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    (weight == Weight::kLight ? light_ : heavy_).push_back(std::move(work));
  }
  changed_.notify_all();
}

void BackgroundThreads::ThreadMain(Works& first, Works* second) {
  std::unique_lock lock(mutex_);
  while (true) {
    Works* waiting = &first;
    changed_.wait(lock, [&] {
      waiting = first.empty() && second ? second : &first;
      return stopping_ || !waiting->empty();
    });
    if (waiting->empty()) return;
    std::function<void()> work = std::move(waiting->front());
    waiting->pop_front();
    lock.unlock();
    try {
      work();
    } catch (const std::exception& error) {  // such as no memory: it ends what it was about
      Log().error("server: {}", error.what());
    }
    work = nullptr;
    lock.lock();
  }
}

}  // namespace talmach
