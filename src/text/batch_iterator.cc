#include "text/batch_iterator.h"

#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/start_thread.h"
#include "base/stop.h"
#include "base/stopwatch.h"
#include "text/bounded_queue.h"
#include "text/corpus_errors.h"
#include "text/window_reader.h"

namespace talmach {

class BatchIterator::Impl {
 public:
  Impl(const BatchIteratorOptions& options, std::shared_ptr<const Tokenizer> source,
       std::shared_ptr<const Tokenizer> target, const BatchIteratorState& state)
      : options_(options),
        reader_(options, std::move(source), std::move(target)),
        state_(state),
        queue_(static_cast<std::size_t>(options.queue_batches)) {
    const bool possible = state.epoch >= 1 && state.window_position >= 0 &&
                          state.window_position < reader_.num_lines() &&
                          state.batch_in_window >= 0 && state.sentences >= 0 &&
                          state.empty_pairs >= 0 && state.long_pairs >= 0;
    if (!possible) ThrowForeignState();
    const auto produce = [this, interruptible = IsInterruptible()] {
      const ScopedInterruptible as_owner(interruptible);
      Produce();
    };
    thread_ = StartThread(produce, "");
  }

  ~Impl() {
    queue_.Close();
    thread_.join();
  }

  TrainingBatch Next() {
    const Stopwatch stopwatch;
    std::optional<TrainingBatch> batch = queue_.Pop();
    waiting_seconds_ += stopwatch.Seconds();
    // The queue is closed before its time only by a failure, written before the closing.
    if (!batch) std::rethrow_exception(failure_);
    return std::move(*batch);
  }

  const WindowReader& reader() const { return reader_; }
  double waiting_seconds() const { return waiting_seconds_; }

 private:
  void Produce() {
    try {
      while (ProduceEpoch()) continue;
    } catch (...) {
      failure_ = std::current_exception();
      queue_.Close();
    }
  }

  // The rest of the epoch at state_; false if no more are wanted.
  bool ProduceEpoch() {
    const bool whole_epoch =
        state_ == BatchIteratorState{.epoch = state_.epoch, .sentences = state_.sentences};
    LengthFilter filter = CountsAt(state_);
    // A batch is held back until it is known whether another one follows in the epoch.
    std::optional<TrainingBatch> held;
    while (state_.window_position < reader_.num_lines()) {
      BatchWindow window = reader_.Read(state_.epoch, state_.window_position, &filter);
      const Index num_batches = std::ssize(window.batches);
      if (state_.batch_in_window > 0 && state_.batch_in_window >= num_batches) ThrowForeignState();
      while (state_.batch_in_window < num_batches) {
        Batch& batch = window.batches[state_.batch_in_window];
        Advance(window, std::ssize(batch.pairs), filter);
        if (held && !queue_.Push(std::move(*held))) return false;
        held = TrainingBatch{.batch = std::move(batch), .epoch = state_.epoch, .next = state_};
        if (state_.batch_in_window == 0) break;  // it was the window's last
      }
      if (num_batches == 0) MoveBehind(window, filter);
    }
    if (whole_epoch) Report(filter);
    const bool first_epoch = state_.epoch == 1;
    state_ = {.epoch = state_.epoch + 1, .sentences = state_.sentences};
    if (!held) return true;
    held->ends_epoch = true;
    held->next = state_;
    if (first_epoch && filter.num_left_out() > 0) held->left_out = filter;
    return queue_.Push(std::move(*held));
  }

  // Moves state_ behind the next batch of the window, which has `num_pairs` pairs.
  void Advance(const BatchWindow& window, Index num_pairs, const LengthFilter& filter) {
    state_.sentences += num_pairs;
    if (++state_.batch_in_window == std::ssize(window.batches)) MoveBehind(window, filter);
  }

  // Moves state_ to the next window; `filter` has counted the pairs up to here.
  void MoveBehind(const BatchWindow& window, const LengthFilter& filter) {
    state_.window_position = window.end_position;
    state_.batch_in_window = 0;
    state_.empty_pairs = filter.num_empty;
    state_.long_pairs = filter.num_too_long;
  }

  // What was counted of the epoch before the window of a state: an epoch that goes on elsewhere
  // counts as if it had not stopped.
  LengthFilter CountsAt(const BatchIteratorState& state) const {
    return {.max_length = options_.max_length,
            .num_kept = state.window_position - state.empty_pairs - state.long_pairs,
            .num_empty = state.empty_pairs,
            .num_too_long = state.long_pairs};
  }

  // What was wrong with the corpus, reported once.
  void Report(const LengthFilter& filter) {
    if (filter.num_kept == 0) ThrowNoUsablePair(reader_.name(), filter);
    if (reported_) return;
    reported_ = true;
    reader_.LogRepairs();
  }

  [[noreturn]] void ThrowForeignState() const {
    throw DataError(Complaint{.where = reader_.name(),
                              .what = "training cannot go on where it stopped",
                              .hint = "the corpus or the batch options have been changed"});
  }

  BatchIteratorOptions options_;
  WindowReader reader_;       // of the thread
  BatchIteratorState state_;  // of the thread: after the last batch it has made
  bool reported_ = false;     // of the thread
  BoundedQueue<TrainingBatch> queue_;
  std::exception_ptr failure_;
  double waiting_seconds_ = 0;
  std::jthread thread_;
};

BatchIterator::BatchIterator(const BatchIteratorOptions& options,
                             std::shared_ptr<const Tokenizer> source,
                             std::shared_ptr<const Tokenizer> target,
                             const BatchIteratorState& state)
    : impl_(std::make_unique<Impl>(options, std::move(source), std::move(target), state)) {}

BatchIterator::~BatchIterator() = default;

TrainingBatch BatchIterator::Next() { return impl_->Next(); }
std::string BatchIterator::name() const { return impl_->reader().name(); }
Index BatchIterator::num_lines() const { return impl_->reader().num_lines(); }
const std::vector<CorpusChecksums>& BatchIterator::checksums() const {
  return impl_->reader().checksums();
}
double BatchIterator::waiting_seconds() const { return impl_->waiting_seconds(); }

}  // namespace talmach
