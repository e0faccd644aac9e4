// Tested by tests/training/trainer_test.cc.
//
// A validation may change three things: the best model's file, the ranking for the final average,
// and the plateau's count. All of them are decided by the first metric. The weights that are
// validated, and kept, are those of the moving average if there is one: they are exchanged with the
// model's own for as long as validation lasts (ScopedWeights).
#include "training/model_selection.h"

#include <fmt/format.h>

#include "base/error.h"
#include "training/model_average.h"
#include "training/scoped_weights.h"

namespace talmach {

bool AttemptToSave(TrainingLog& log, const std::function<void()>& save) {
  try {
    save();
    return true;
  } catch (const Error& error) {
    log.Warn(fmt::format("{}; training goes on", error.what()));
    return false;
  }
}

ModelSelection::ModelSelection(const TrainingSetup& setup, TrainingSession& session,
                               std::function<bool()> should_stop)
    : session_(session),
      should_stop_(std::move(should_stop)),
      options_(setup.training),
      metric_(setup.validation.metrics.front()) {
  if (!session.resumed()) best_models().Clear();
  if (setup.data.valid_source.empty() || setup.validation.every.count == 0) return;
  validator_ = std::make_unique<Validator>(setup.data, setup.validation, setup.source_tokenizer,
                                           setup.target_tokenizer);
}

void ModelSelection::ValidateWith(View slab,
                                  const std::function<void(const ValidationResult&)>& keep) {
  ModelUpdater& updater = session_.updater();
  const ScopedWeights weights(updater.model(), slab);
  const auto result = validator_->Run(updater.shared_model(), updater.workers(), should_stop_);
  if (result) keep(*result);
}

Index ModelSelection::Validate() {
  Index failures = 0;
  ValidateWith(ResultSlab(), [&](const ValidationResult& result) {
    state().validated_update = state().update;
    failures = Rank(result);
  });
  return failures;
}

// If a new best cannot be written, it does not count, so that the next good one gets its chance.
Index ModelSelection::Rank(const ValidationResult& result) {
  TrainingState& now = state();
  const double score = result.Score(metric_);
  const BestScore before = now.best;
  const bool is_best = now.best.Observe(now.update, score, HigherIsBetter(metric_));
  Log(result, is_best);
  if (options_.schedule == ScheduleType::kPlateau &&
      now.plateau.Observe(is_best, options_.plateau_patience)) {
    session_.log().Say("No new best: the learning rate is halved");
  }
  Index failures = 0;
  if (is_best && !AttemptToSave(session_.log(), [&] { session_.WriteModel(); })) {
    now.best = before;
    ++failures;
  }
  const bool offered = AttemptToSave(session_.log(), [&] {
    best_models().Offer(score, parameters(), parameters().slab(), session_.Metadata(), &now.kept);
  });
  return failures + (offered ? 0 : 1);
}

void ModelSelection::Log(const ValidationResult& result, bool is_best) {
  const TrainingState& now = state();
  TrainingLog& log = session_.log();
  std::string line =
      fmt::format("[valid] Ep. {} : Up. {} : cross_entropy {:.4f} : perplexity {:.2f}", now.epoch,
                  now.update, result.cross_entropy, result.perplexity());
  TrainingLog::Record record = {{"event", "validation"},
                                {"update", now.update},
                                {"epoch", now.epoch},
                                {"cross_entropy", result.cross_entropy},
                                {"perplexity", result.perplexity()}};
  if (result.bleu) {
    line += fmt::format(" : bleu {:.2f}", *result.bleu);
    record["bleu"] = *result.bleu;
  }
  record["best"] = is_best;
  line +=
      is_best ? " : new best" : fmt::format(" : {} without a new best", now.best.stale_validations);
  log.Say(line);
  for (const SampleTranslation& sample : result.samples) {
    log.Say("  source      " + sample.source);
    log.Say("  reference   " + sample.reference);
    log.Say("  translation " + sample.translation);
  }
  log.Write(record);
}

void ModelSelection::AverageBest() {
  const std::vector<std::string> paths = best_models().Paths(state().kept);
  if (!validator_ || paths.size() < 2 || should_stop_()) return;
  Tensor<float> average({parameters().slab_size()});
  AverageWeights(paths, parameters(), average.view());
  ValidateWith(average.view(), [&](const ValidationResult& result) {
    const double score = result.Score(metric_);
    BestScore best = state().best;
    const bool is_best = best.Observe(state().update, score, HigherIsBetter(metric_));
    session_.log().Say(
        fmt::format("Average of the {} best models: {} {:.4f}, the best alone "
                    "{:.4f}: the {} is kept",
                    paths.size(), ToString(metric_), score, state().best.score,
                    is_best ? "average" : "best alone"));
    session_.log().Write({{"event", "average"},
                          {"update", state().update},
                          {"models", paths.size()},
                          {ToString(metric_), score},
                          {"best", is_best}});
    if (is_best) session_.WriteModel();
  });
}

void ModelSelection::WriteModelIfBetter() {
  if (!validator_ || state().best.update == 0 || state().validated_update == state().update) return;
  ValidateWith(ResultSlab(), [&](const ValidationResult& result) {
    BestScore best = state().best;
    const bool is_best =
        best.Observe(state().update, result.Score(metric_), HigherIsBetter(metric_));
    Log(result, is_best);
    if (is_best) session_.WriteModel();
  });
}

void ModelSelection::WriteModelUnlessValidated() {
  if (state().best.update > 0 || state().update == 0) return;
  const ScopedWeights weights(session_.updater().model(), ResultSlab());
  session_.WriteModel();
}

}  // namespace talmach
