// Requests of many threads, translated by one: a Translator serves one caller at a time, and what
// kernels keep per thread is made once. Requests take turns, some sentences each, so that a long
// one does not keep short ones waiting.
//
// A request that finds the queue full or waits too long is refused, and the rest of its work is
// left undone: a server that cannot keep up says so at once, instead of working for clients that
// have gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "search/beam_search.h"
#include "search/translator.h"

namespace talmach {

/// The request could not be served now; another time it may be.
class ServerBusy : public Error {
 public:
  using Error::Error;
};

/// Thread-safe.
class TranslationQueue {
 public:
  /// Translates sentences; called by one thread only.
  using Search = std::function<std::vector<Translation>(std::span<const std::string> sentences,
                                                        const BeamSearchOptions& options)>;

  struct Options {
    Index max_requests = 64;                   // waiting and under way
    Index sentences_per_turn = 16;             // of a request, before the next one has its turn
    std::chrono::milliseconds timeout{30000};  // of a request, waiting included
  };

  TranslationQueue(Search search, const Options& options);
  /// No thread may be inside Translate any more.
  ~TranslationQueue();
  TranslationQueue(const TranslationQueue&) = delete;
  TranslationQueue& operator=(const TranslationQueue&) = delete;

  /// As many translations as sentences, in order. Blocks until they are there. Throws ServerBusy
  /// if the queue is full, closed, or the time is over, and what the search throws.
  std::vector<Translation> Translate(std::vector<std::string> sentences,
                                     const BeamSearchOptions& options);

  /// Refuses new requests from now on; those in the queue are served.
  void Close();

  /// Requests waiting and under way.
  Index size() const;

 private:
  struct Job;

  void WorkerMain();
  // Translates the next sentences of `job`, without the lock.
  void DoTurn(Job& job) const;

  const Search search_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable work_waits_;
  std::condition_variable job_ended_;
  std::deque<std::shared_ptr<Job>> waiting_;
  Index num_requests_ = 0;
  bool closed_ = false;
  bool stopping_ = false;
  std::jthread worker_;  // the last member: it uses the others
};

}  // namespace talmach
