// The order around an update is part of the contract with resumed runs: display, validation, save.
// A checkpoint is written after everything that happened at its update, so a resumed run begins
// with the next one. Clock and log are the only things that a resumed run may have different;
// everything else that decides about the future is in TrainingState or the slabs.
//
// Failures climb a ladder. A gradient that is not finite skips the update. Several of them in a
// row, or weights that are not finite, go back to a checkpoint with half the rate. After a few
// returns training gives up and names the lines of the failed batches.
#include "training/trainer.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/stop.h"
#include "base/stopwatch.h"
#include "config/config_checks.h"
#include "model/model_directory.h"
#include "text/batch_iterator.h"
#include "training/divergence.h"
#include "training/learning_rate_schedule.h"
#include "training/model_selection.h"
#include "training/training_progress.h"
#include "training/training_session.h"
#include "training/update_batches.h"

namespace talmach {
namespace {

constexpr std::uint64_t kDropoutPurpose = 0x64726f70;  // tells dropout's keys from other uses

// The walk described in trainer.h.
class Trainer {
 public:
  explicit Trainer(const TrainingSetup& setup);
  TrainingResult Run();

 private:
  TrainingOutcome RunUpdates();
  std::optional<TrainingOutcome> ReasonToEnd() const;
  TrainingResult End(TrainingOutcome outcome);
  TrainingResult Result(TrainingOutcome outcome) const;

  bool RunUpdate();
  void ReportLeftOut(const LengthFilter& counts);
  void CountApplied(const UpdateResult& result);
  void HandleFailed(const std::vector<Batch>& batches, const UpdateResult& result);
  void GoBackOrGiveUp();
  void OpenData();

  void DisplayWhenDue();
  void Display();
  void ValidateWhenDue();
  void Validate();
  void BeginWhenApplied();
  void SaveWhenDue();

  TrainingProgress Progress() const {
    return ProgressOf(state(), SecondsOfThisPart(), batches_->num_lines());
  }
  double NextLearningRate() const;
  bool StopRequested() const;
  double SecondsOfThisPart() const { return state().seconds - seconds_before_; }
  void ReadClock() { state().seconds = seconds_before_ + clock_.Seconds(); }
  TrainingState& state() { return session_.state(); }
  const TrainingState& state() const { return session_.state(); }
  ModelUpdater& updater() { return session_.updater(); }
  TrainingLog& log() { return session_.log(); }

  const TrainingSetup& setup_;
  const TrainingOptions& options_;
  TrainingSession session_;
  ModelSelection selection_;
  Stopwatch clock_;
  double seconds_before_ = 0.0;  // of the resumed parts
  std::unique_ptr<BatchIterator> batches_;
  DivergenceReport divergence_;
  Index saved_update_ = -1;
  Index failed_saves_ = 0;
};

Trainer::Trainer(const TrainingSetup& setup)
    : setup_(setup),
      options_(setup.training),
      session_(setup),
      selection_(setup, session_, [this] { return StopRequested(); }),
      divergence_(setup.data.train.size() > 1) {
  seconds_before_ = state().seconds;
  saved_update_ = state().update;
}

TrainingResult Trainer::Run() {
  if (state().finished) {  // as it was left; since then a limit may have been raised
    const std::optional<TrainingOutcome> reason = ReasonToEnd();
    if (reason && *reason != TrainingOutcome::kInterrupted) {
      TrainingResult result = Result(*reason);
      result.nothing_to_do = true;
      return result;
    }
  }
  state().finished = false;
  OpenData();
  if (!session_.resumed()) session_.Save();  // so that there is always something to go back to
  ValidateWhenDue();                         // a signal may have ended the run in the middle of it
  TrainingOutcome outcome = RunUpdates();
  // While updates fail, nobody knows whether the last weights are of any use.
  while (outcome == TrainingOutcome::kFinished && state().skipped_in_row > 0) {
    GoBackOrGiveUp();
    outcome = RunUpdates();
  }
  return End(outcome);
}

// The updates, with what is done after each, until there is a reason to end.
TrainingOutcome Trainer::RunUpdates() {
  for (;;) {
    if (const std::optional<TrainingOutcome> reason = ReasonToEnd()) return *reason;
    if (!RunUpdate()) return TrainingOutcome::kInterrupted;
    DisplayWhenDue();
    ValidateWhenDue();
    BeginWhenApplied();
    SaveWhenDue();
  }
}

// False if a stop ended it: it has changed nothing, and is the first of the run that goes on.
bool Trainer::RunUpdate() try {
  const Stopwatch watch;
  const UpdateBatches update = NextBatches(options_.accumulate, batches_.get());
  const double learning_rate = NextLearningRate();
  const std::uint64_t key = DeriveKey(DeriveKey(options_.seed, kDropoutPurpose),
                                      static_cast<std::uint64_t>(state().update + 1));
  const UpdateResult result = updater().Update(update.batches, learning_rate, key);
  Advance(update, &state());
  if (update.last.left_out) ReportLeftOut(*update.last.left_out);
  state().window.seconds += watch.Seconds();
  state().window.learning_rate = learning_rate;
  if (result.applied && !result.ruined) {
    CountApplied(result);
  } else {
    HandleFailed(update.batches, result);
  }
  ReadClock();
  return true;
} catch (const Interrupted&) {
  return false;
}

void Trainer::CountApplied(const UpdateResult& result) {
  DisplayWindow& window = state().window;
  window.loss += result.sums.loss;
  window.tokens += result.sums.num_tokens;
  window.alignment_cost += result.sums.alignment_cost;
  window.aligned_tokens += result.sums.num_aligned;
  window.gradient_norm += result.gradient_norm;
  ++window.updates;
  window.corpus_losses.resize(result.corpora.size());
  window.corpus_tokens.resize(result.corpora.size());
  for (std::size_t i = 0; i < result.corpora.size(); ++i) {
    window.corpus_losses[i] += result.corpora[i].loss;
    window.corpus_tokens[i] += result.corpora[i].num_tokens;
  }
  state().skipped_in_row = 0;
  divergence_.Clear();
}

// A failed update is skipped, so that the weights are as before, or has ruined them.
void Trainer::HandleFailed(const std::vector<Batch>& batches, const UpdateResult& result) {
  TrainingState& now = state();
  ++now.skipped;
  ++now.skipped_in_row;
  log().Warn(fmt::format("Up. {} skipped: {}", now.update, DescribeFailure(result)));
  log().Write({{"event", "skip"}, {"update", now.update}, {"in_row", now.skipped_in_row}});
  divergence_.Add(now.update, result, batches);
  if (result.ruined || now.skipped_in_row >= options_.max_skipped) GoBackOrGiveUp();
}

// After max_skipped failures in a row, after weights that are ruined, and where a limit is reached
// while updates fail: back to a checkpoint, with half the learning rate. What comes from there is
// computed again in the same way if the run is stopped at once, so nothing has to be saved here.
void Trainer::GoBackOrGiveUp() {
  if (state().rollbacks >= options_.max_rollbacks || !session_.RollBack()) {
    divergence_.GiveUp(state().update, ModelDirectory(setup_.directory).Diverged(),
                       *setup_.source_tokenizer, *setup_.target_tokenizer);
  }
  saved_update_ = state().update;
  divergence_.Clear();
  OpenData();
}

std::optional<TrainingOutcome> Trainer::ReasonToEnd() const {
  if (StopRequested()) return TrainingOutcome::kInterrupted;
  return ReachedLimit(setup_, state(), SecondsOfThisPart());
}

// A finished run leaves the final model; an interrupted one only what it needs to go on. One that
// ran out of time does both, and in this order: what goes on must not depend on when it stopped.
TrainingResult Trainer::End(TrainingOutcome outcome) {
  if (outcome == TrainingOutcome::kFinished || outcome == TrainingOutcome::kEarlyStopped) {
    if (selection_.has_validation() && state().validated_update != state().update) Validate();
    selection_.AverageBest();
    if (state().window.updates > 0) Display();
    state().finished = !StopRequested();
    if (!state().finished) outcome = TrainingOutcome::kInterrupted;
  }
  if (state().skipped_in_row == 0) selection_.WriteModelUnlessValidated();
  if (saved_update_ != state().update || state().finished) session_.Save();
  // Where there is nothing to lose, a run that has only met failing updates begins all the same.
  if (!session_.has_begun() && !setup_.start->replaces() && state().update > 0) session_.Begin();
  if (outcome == TrainingOutcome::kOutOfTime) selection_.WriteModelIfBetter();
  return Result(outcome);
}

TrainingResult Trainer::Result(TrainingOutcome outcome) const {
  return {.outcome = outcome,
          .nothing_to_do = false,
          .updates = state().update,
          .epoch = state().epoch,
          .failed_saves = failed_saves_,
          .lost_records = session_.log().lost_records(),
          .best_update = state().best.update,
          .best_score = state().best.score,
          .model_path = ModelDirectory(setup_.directory).Model()};
}

void Trainer::OpenData() {
  batches_.reset();  // stops its thread before another one reads
  batches_ = std::make_unique<BatchIterator>(BatchOptions(setup_), setup_.source_tokenizer,
                                             setup_.target_tokenizer, state().position);
  session_.CheckCorpora(batches_->checksums());
}

// Once in a run, when its first epoch is over.
void Trainer::ReportLeftOut(const LengthFilter& counts) {
  log().Warn(fmt::format("{}: {}", batches_->name(), counts.Summary()));
  log().Write({{"event", "left_out"},
               {"update", state().update},
               {"pairs", counts.num_kept + counts.num_left_out()},
               {"empty", counts.num_empty},
               {"too_long", counts.num_too_long},
               {"max_length", counts.max_length}});
}

void Trainer::DisplayWhenDue() {
  const TrainingState& now = state();
  if (now.window.updates == 0) return;
  if (setup_.logging.display_every.IsDue(now.update, now.epoch, now.epoch_ended)) Display();
}

void Trainer::Display() {
  const DisplayWindow window = std::exchange(state().window, {});
  const auto tokens = static_cast<double>(window.tokens);
  std::optional<double> alignment_cost;
  if (window.aligned_tokens > 0) {
    alignment_cost = window.alignment_cost / static_cast<double>(window.aligned_tokens);
  }
  std::vector<CorpusCost> corpora;
  for (std::size_t i = 0; i < window.corpus_tokens.size(); ++i) {
    const Index num_tokens = window.corpus_tokens[i];
    if (num_tokens == 0) continue;
    corpora.push_back({.name = setup_.data.train[i].DisplayName(),
                       .cost = window.corpus_losses[i] / static_cast<double>(num_tokens),
                       .num_tokens = num_tokens});
  }
  log().Display({.update = state().update,
                 .epoch = state().epoch,
                 .sentences = state().epoch_sentences,
                 .cost = window.loss / tokens,
                 .corpora = corpora,
                 .alignment_cost = alignment_cost,
                 .seconds = window.seconds,
                 .words_per_second = tokens / window.seconds,
                 .gradient_norm = window.gradient_norm / static_cast<double>(window.updates),
                 .learning_rate = window.learning_rate,
                 .elapsed_seconds = state().seconds,
                 .seconds_left = SecondsLeft(options_, Progress())});
}

void Trainer::ValidateWhenDue() {
  const TrainingState& now = state();
  if (!selection_.has_validation() || now.validated_update == now.update) return;
  if (now.skipped_in_row > 0) return;
  if (setup_.validation.every.IsDue(now.update, now.epoch, now.epoch_ended)) Validate();
}

void Trainer::Validate() {
  failed_saves_ += selection_.Validate();
  ReadClock();
}

// A new run takes its place when its first update has succeeded. What it replaces goes only after
// that update is saved: here an error ends the run.
void Trainer::BeginWhenApplied() {
  if (session_.has_begun() || state().skipped_in_row > 0) return;
  if (setup_.start->replaces()) {
    selection_.WriteModelUnlessValidated();
    session_.Save();
    saved_update_ = state().update;
  }
  session_.Begin();
}

void Trainer::SaveWhenDue() {
  const TrainingState& now = state();
  if (now.skipped_in_row > 0 || saved_update_ == now.update) return;
  if (!options_.save_every.IsDue(now.update, now.epoch, now.epoch_ended)) return;
  const bool saved = AttemptToSave(log(), [&] {
    selection_.WriteModelUnlessValidated();
    session_.Save();
  });
  if (saved) saved_update_ = now.update;
  failed_saves_ += saved ? 0 : 1;
}

double Trainer::NextLearningRate() const {
  return state().rate_scale * LearningRate(options_, state().update + 1,
                                           ShareDone(options_, Progress()), state().plateau);
}

bool Trainer::StopRequested() const {
  return StopSignal() != 0 || (setup_.should_stop && setup_.should_stop(state().update));
}

}  // namespace

TrainingResult Train(const TrainingSetup& setup) {
  Require(setup.source_tokenizer && setup.target_tokenizer, "training has tokenizers");
  Validate(setup, setup.vocabulary());
  CheckTags(setup);
  return Trainer(setup).Run();
}

}  // namespace talmach
