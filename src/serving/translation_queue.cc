// One mutex guards the list of waiting jobs, and each job keeps its sentences in order of cost. A
// worker takes a batch by going round the jobs: one sentence of the first, which then goes to the
// end of the list, and so on until the batch is full, too costly, or nothing fits. So long requests
// share the workers with short ones instead of blocking them.
//
// How large a batch may be follows from the load (BatchLimit). With fewer requests than workers,
// the sentences are divided among the idle workers, for speed. With more, a batch is one part of
// all sentences, waiting or under way, of one part more than there are workers: then a worker that
// finishes always finds a batch ready.
//
// If a search of several requests fails, it is repeated for each request alone, so that only the
// one that caused it gets the error. Results are delivered outside the lock, since what receives
// them may be slow.
#include "serving/translation_queue.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

#include "base/start_thread.h"

namespace talmach {
namespace {

bool SameSearch(const TranslationWork& a, const TranslationWork& b) {
  return a.model == b.model && a.beam.beam_size == b.beam.beam_size &&
         a.beam.n_best == b.beam.n_best && a.beam.normalize == b.beam.normalize &&
         a.beam.max_length_factor == b.beam.max_length_factor &&
         a.beam.max_length_extra == b.beam.max_length_extra;
}

}  // namespace

// Guarded by the queue's mutex, except `given_up`, and `done` once the job has ended.
struct TranslationQueue::Job {
  TranslationWork work;
  Done done;
  std::vector<std::size_t> order;  // sentences, the costliest first
  std::size_t num_taken = 0;       // of `order`
  std::size_t num_translated = 0;
  std::vector<Translation> results;
  std::exception_ptr error;
  std::atomic<bool> given_up = false;
  bool started = false;
  bool ended = false;

  std::size_t num_waiting() const { return order.size() - num_taken; }
};

// A sentence in a batch.
struct TranslationQueue::Item {
  std::shared_ptr<Job> job;
  std::size_t sentence = 0;
  Translation result = {};
  std::exception_ptr error = {};
};

TranslationQueue::Ticket::Ticket(TranslationQueue& queue)
    : queue_(queue), job_(std::make_shared<Job>()) {}

TranslationQueue::Ticket::~Ticket() {
  job_->given_up = true;
  const std::lock_guard lock(queue_.mutex_);
  if (job_->started) queue_.answer_bytes_ -= job_->work.answer_bytes;
  queue_.Leave(*job_);
}

TranslationQueue::TranslationQueue(Search search, const Options& options)
    : search_(std::move(search)),
      options_(options),
      under_way_(static_cast<std::size_t>(options.num_workers)) {
  try {
    for (Index i = 0; i < options.num_workers; ++i) {
      workers_.push_back(StartThread([this, i] { WorkerMain(i); }, "--threads"));
    }
  } catch (...) {
    Stop();
    throw;
  }
}

TranslationQueue::~TranslationQueue() { Stop(); }

void TranslationQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = stopping_ = true;
  }
  work_waits_.notify_all();
  workers_.clear();  // waits for them
}

std::shared_ptr<TranslationQueue::Ticket> TranslationQueue::Admit() {
  auto ticket = std::make_shared<Ticket>(*this);
  const std::lock_guard lock(mutex_);
  ticket->job_->ended = true;  // until it has its place
  if (closed_) throw ServerBusy({.where = "server", .what = "shutting down"});
  if (numbers_.requests >= options_.max_requests) {
    throw ServerBusy({.where = "server",
                      .what = "too many requests",
                      .expected = "at most " + std::to_string(options_.max_requests) +
                                  " at a time (--max-requests)",
                      .hint = "try again later"});
  }
  ++numbers_.requests;
  ticket->job_->ended = false;
  return ticket;
}

void TranslationQueue::Start(Ticket& ticket, TranslationWork work, Done done) {
  Job& job = *ticket.job_;
  Require(!job.started && work.costs.size() == work.sentences.size(), "a new job with costs");
  job.order.resize(work.sentences.size());
  std::iota(job.order.begin(), job.order.end(), std::size_t{0});
  std::ranges::stable_sort(job.order, std::greater<>(),
                           [&](std::size_t i) { return work.costs[i]; });
  job.results.resize(work.sentences.size());
  job.work = std::move(work);
  if (job.order.empty()) {
    {
      const std::lock_guard lock(mutex_);
      Leave(job);
    }
    return done({}, nullptr);
  }
  job.done = std::move(done);
  const std::lock_guard lock(mutex_);
  if (answer_bytes_ + job.work.answer_bytes > options_.max_answer_bytes) {
    throw ServerBusy(
        {.where = "server",
         .what = "the answers under way leave too little memory for this one",
         .expected = std::to_string(options_.max_answer_bytes - answer_bytes_) + " bytes of answer",
         .got = std::to_string(job.work.answer_bytes),
         .hint = "try again later"});
  }
  waiting_.push_back(ticket.job_);
  job.started = true;
  answer_bytes_ += job.work.answer_bytes;
  numbers_.waiting_sentences += static_cast<Index>(job.num_waiting());
  work_waits_.notify_all();
}

void TranslationQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

TranslationQueue::Numbers TranslationQueue::numbers() const {
  const std::lock_guard lock(mutex_);
  return numbers_;
}

void TranslationQueue::Leave(Job& job) {
  if (!std::exchange(job.ended, true)) --numbers_.requests;
}

std::size_t TranslationQueue::BatchLimit() const {
  const bool is_busy = numbers_.requests > options_.num_workers;
  const Index under_way = std::reduce(under_way_.begin(), under_way_.end());
  const Index sentences = numbers_.waiting_sentences + (is_busy ? under_way : 0);
  const Index parts = (is_busy ? options_.num_workers : idle_workers_) + 1;
  const Index part = (sentences + parts - 1) / parts;
  return static_cast<std::size_t>(std::clamp<Index>(part, 1, options_.mini_batch));
}

TranslationQueue::Batch TranslationQueue::TakeBatch() {
  const std::size_t limit = BatchLimit();
  Batch batch;
  Index cost = 0;
  std::deque<std::shared_ptr<Job>> skipped;
  while (!waiting_.empty() && batch.size() < limit) {
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    if (job->given_up || job->error) {
      numbers_.waiting_sentences -= static_cast<Index>(job->num_waiting());
      continue;
    }
    const std::size_t sentence = job->order[job->num_taken];
    const Index new_cost = cost + job->work.costs[sentence];
    const bool fits = batch.empty() || (new_cost <= options_.max_batch_cost &&
                                        SameSearch(job->work, batch.front().job->work));
    if (!fits) {
      skipped.push_back(job);
      continue;
    }
    cost = new_cost;
    batch.push_back({.job = job, .sentence = sentence});
    ++job->num_taken;
    --numbers_.waiting_sentences;
    if (job->num_waiting() > 0) waiting_.push_back(job);
  }
  waiting_.insert(waiting_.begin(), skipped.begin(), skipped.end());
  return batch;
}

void TranslationQueue::Translate(Index worker, std::span<Item> batch) const {
  const TranslationWork& first = batch.front().job->work;
  const bool several =
      std::ranges::any_of(batch, [&](const Item& item) { return item.job != batch.front().job; });
  try {
    std::vector<std::string> sentences;
    for (const Item& item : batch) sentences.push_back(item.job->work.sentences[item.sentence]);
    std::vector<Translation> translations =
        search_(worker, first.model, sentences, first.beam,
                [&](Index i) { return batch[i].job->given_up.load(std::memory_order_relaxed); });
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch[i].result = std::move(translations[i]);
      if (batch[i].job->work.attention) continue;
      for (ScoredText& candidate : batch[i].result.candidates) candidate.attention = {};
    }
  } catch (...) {
    if (!several) {
      for (Item& item : batch) item.error = std::current_exception();
      return;
    }
    // It is not known whose sentence it was.
    std::ranges::stable_sort(batch, std::less<>(), [](const Item& item) { return item.job.get(); });
    for (std::size_t begin = 0; begin < batch.size();) {
      std::size_t end = begin + 1;
      while (end < batch.size() && batch[end].job == batch[begin].job) ++end;
      Translate(worker, batch.subspan(begin, end - begin));
      begin = end;
    }
  }
}

std::vector<std::shared_ptr<TranslationQueue::Job>> TranslationQueue::Deliver(Batch& batch) {
  std::vector<std::shared_ptr<Job>> done;
  ++numbers_.batches;
  for (Item& item : batch) {
    Job& job = *item.job;
    ++job.num_translated;
    ++numbers_.translated_sentences;
    if (job.ended) continue;
    if (item.error) {
      job.error = item.error;
    } else {
      job.results[item.sentence] = std::move(item.result);
    }
    if (!job.error && job.num_translated < job.results.size()) continue;
    Leave(job);
    if (!job.given_up) done.push_back(item.job);
  }
  return done;
}

void TranslationQueue::WorkerMain(Index worker) {
  Index& under_way = under_way_[static_cast<std::size_t>(worker)];
  std::unique_lock lock(mutex_);
  while (true) {
    under_way = 0;
    ++idle_workers_;
    work_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_workers_;
    if (stopping_) return;
    try {
      Batch batch = TakeBatch();
      if (batch.empty()) continue;
      under_way = std::ssize(batch);
      lock.unlock();
      Translate(worker, batch);
      lock.lock();
      under_way = 0;
      std::vector<std::shared_ptr<Job>> done = Deliver(batch);
      lock.unlock();
      batch.clear();
      for (const auto& job : done) job->done(std::move(job->results), job->error);
    } catch (const std::bad_alloc&) {
      // The requests concerned run into their deadlines.
    }
    if (!lock.owns_lock()) lock.lock();
  }
}

}  // namespace talmach
