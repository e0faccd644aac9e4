#include "serving/translation_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/start_thread.h"

namespace talmach {

// The worker writes the results of a job that is under way, everything else is guarded by the
// queue's mutex. A client that gives up leaves the job to the worker.
struct TranslationQueue::Job {
  std::vector<std::string> sentences;
  BeamSearchOptions options;
  std::vector<Translation> results;  // of the first sentences, as far as the work has come
  std::exception_ptr error;
  bool ended = false;
  bool given_up = false;
};

TranslationQueue::TranslationQueue(Search search, const Options& options)
    : search_(std::move(search)),
      options_(options),
      worker_(StartThread([this] { WorkerMain(); }, "")) {}

TranslationQueue::~TranslationQueue() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = stopping_ = true;
  }
  work_waits_.notify_all();
  worker_.join();
}

std::vector<Translation> TranslationQueue::Translate(std::vector<std::string> sentences,
                                                     const BeamSearchOptions& options) {
  const auto job = std::make_shared<Job>();
  job->sentences = std::move(sentences);
  job->options = options;
  std::unique_lock lock(mutex_);
  if (closed_) throw ServerBusy({.where = "server", .what = "shutting down"});
  if (num_requests_ >= options_.max_requests) {
    throw ServerBusy({.where = "server",
                      .what = "too many requests",
                      .expected = "at most " + std::to_string(options_.max_requests) + " at a time",
                      .hint = "try again later"});
  }
  ++num_requests_;
  waiting_.push_back(job);
  work_waits_.notify_one();
  const bool in_time = job_ended_.wait_for(lock, options_.timeout, [&] { return job->ended; });
  --num_requests_;
  if (!in_time) {
    job->given_up = true;
    throw ServerBusy({.where = "server",
                      .what = "the translation takes too long",
                      .expected = "at most " + std::to_string(options_.timeout.count()) + " ms",
                      .hint = "try again later, with fewer sentences or a smaller beam"});
  }
  if (job->error) std::rethrow_exception(job->error);
  return std::move(job->results);
}

void TranslationQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

Index TranslationQueue::size() const {
  const std::lock_guard lock(mutex_);
  return num_requests_;
}

void TranslationQueue::DoTurn(Job& job) const {
  const std::span<const std::string> rest =
      std::span<const std::string>(job.sentences).subspan(job.results.size());
  const std::size_t count =
      std::min(rest.size(), static_cast<std::size_t>(options_.sentences_per_turn));
  try {
    for (Translation& translation : search_(rest.first(count), job.options)) {
      job.results.push_back(std::move(translation));
    }
  } catch (...) {
    job.error = std::current_exception();
  }
}

void TranslationQueue::WorkerMain() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    if (job->given_up) continue;
    lock.unlock();
    DoTurn(*job);
    lock.lock();
    job->ended = job->error != nullptr || job->results.size() >= job->sentences.size();
    if (job->ended) {
      job_ended_.notify_all();
    } else {
      waiting_.push_back(job);
    }
  }
}

}  // namespace talmach
