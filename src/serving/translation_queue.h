// Sentences of many requests, translated together by a few workers.
//
// A worker takes one sentence of each waiting request in turn until its mini-batch is full. So
// what waits together is translated together, and a short request is part of the next batch
// however long the requests before it are. A batch also ends where its sentences would take too
// long: nobody waits longer than that for a worker. Sentences for different models or searches
// never share a batch. What is translated together changes no translation (see Translator).
//
// A worker never waits for a batch to become full. Where there are more requests than workers, a
// batch is one part of all sentences, of one part more than there are workers: one batch is always
// ready for the worker that is done first, while clients that were answered together ask again.
// Where there are fewer, the workers that have nothing to do share what waits.
//
// The number of requests and the memory of their answers are bounded, and the work of clients that
// give up is dropped: a server that cannot keep up says so at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
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

/// Sentences, and how to translate them.
struct TranslationWork {
  Index model = 0;
  std::vector<std::string> sentences;
  std::vector<Index> costs;  // of each sentence, in steps (see EstimateWork)
  BeamSearchOptions beam;
  bool attention = false;  // whether results keep theirs
  Index answer_bytes = 0;  // memory that the results may take
};

/// Thread-safe.
class TranslationQueue {
 public:
  /// Translates sentences with model `model`. Each worker calls it with its own number, so that
  /// calls of one worker never overlap.
  using Search = std::function<std::vector<Translation>(
      Index worker, Index model, std::span<const std::string> sentences,
      const BeamSearchOptions& options, const GivenUp& given_up)>;

  /// As many translations as sentences, in order, or the exception that the search threw.
  using Done = std::function<void(std::vector<Translation> translations, std::exception_ptr error)>;

  struct Options {
    Index num_workers = 1;
    Index max_requests = 64;  // waiting and under way
    Index max_answer_bytes = Index{1} << 28;
    Index mini_batch = 64;
    Index max_batch_cost = 50000;  // of sentences together; a single one may cost more
  };

  /// What is happening now and has happened so far.
  struct Numbers {
    Index requests = 0;           // waiting and under way
    Index waiting_sentences = 0;  // not yet taken by a worker
    Index translated_sentences = 0;
    Index batches = 0;
  };

 private:
  struct Job;

 public:
  /// A place in the queue. Destroying it gives the work up.
  class Ticket {
   public:
    explicit Ticket(TranslationQueue& queue);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class TranslationQueue;
    TranslationQueue& queue_;
    std::shared_ptr<Job> job_;
  };

  /// Throws Error if the system refuses threads.
  TranslationQueue(Search search, const Options& options);
  /// Stops; all tickets must be gone.
  ~TranslationQueue();
  TranslationQueue(const TranslationQueue&) = delete;
  TranslationQueue& operator=(const TranslationQueue&) = delete;

  /// A place for one request. Throws ServerBusy if the queue is full or closed.
  std::shared_ptr<Ticket> Admit();

  /// Begins the work of a ticket, once. `done` is called once, in the thread of a worker or in
  /// this one, unless the ticket goes before. Throws ServerBusy if the answers under way leave too
  /// little memory for this one.
  void Start(Ticket& ticket, TranslationWork work, Done done);

  /// Admits no requests from now on; those in the queue are served.
  void Close();

  /// Waits for the workers and ends them; nothing is done from now on.
  void Stop();

  Numbers numbers() const;

 private:
  struct Item;
  using Batch = std::vector<Item>;

  void WorkerMain(Index worker);
  // The next batch, under the lock; empty if all that waited was given up.
  Batch TakeBatch();
  // How many sentences it may have.
  std::size_t BatchLimit() const;
  // Translates a batch, without the lock; alone, request by request, if together they fail.
  void Translate(Index worker, std::span<Item> batch) const;
  // Hands the results over to their jobs; returns those that are done.
  std::vector<std::shared_ptr<Job>> Deliver(Batch& batch);
  void Leave(Job& job);

  const Search search_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable work_waits_;
  std::deque<std::shared_ptr<Job>> waiting_;  // with sentences that no worker has taken
  Numbers numbers_;
  Index answer_bytes_ = 0;  // of tickets with work
  Index idle_workers_ = 0;
  std::vector<Index> under_way_;  // sentences of each worker's batch
  bool closed_ = false;
  bool stopping_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace talmach
