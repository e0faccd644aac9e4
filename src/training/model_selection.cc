// A validation may change three things: the files of the best models, the ranking for the final
// average, and the plateau's count. The last two are decided by the first score alone. The weights
// that are validated, and kept, are those of the moving average if there is one: they are exchanged
// with the model's own for as long as validation lasts (ScopedWeights).
#include "training/model_selection.h"

#include <fmt/format.h>

#include "base/error.h"
#include "training/model_average.h"
#include "training/scoped_weights.h"

namespace talmach {

namespace {

// The scores of a set as people read them. Cross-entropy and perplexity are always there.
std::string ScoresText(const SetResult& set, const std::vector<ValidationMetric>& metrics) {
  std::string text =
      fmt::format("cross_entropy {:.4f} : perplexity {:.2f}", set.cross_entropy, set.perplexity());
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (!NeedsTranslations(metrics[i])) continue;
    const int digits = metrics[i] == ValidationMetric::kScript ? 4 : 2;
    text += fmt::format(" : {} {}", ToString(metrics[i]),
                        set.scores[i] ? fmt::format("{:.{}f}", *set.scores[i], digits) : "failed");
  }
  return text;
}

// The same for programs.
void AddScores(const SetResult& set, const std::vector<ValidationMetric>& metrics,
               TrainingLog::Record* record) {
  (*record)["cross_entropy"] = set.cross_entropy;
  (*record)["perplexity"] = set.perplexity();
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (!NeedsTranslations(metrics[i])) continue;
    TrainingLog::Record& score = (*record)[ToString(metrics[i])];
    if (set.scores[i]) score = *set.scores[i];  // else null
  }
}

}  // namespace

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
      validation_(setup.validation),
      metric_(setup.validation.metrics.front()),
      names_(ScoreNames(setup)) {
  if (!session.resumed()) best_models().Clear();
  if (names_.empty() || setup.validation.every.count == 0) return;
  validator_ = std::make_unique<Validator>(setup, setup.source_tokenizer, setup.target_tokenizer);
}

void ModelSelection::ValidateWith(View slab,
                                  const std::function<void(const ValidationResult&)>& keep) {
  ModelUpdater& updater = session_.updater();
  const ScopedWeights weights(updater.model(), slab);
  const auto result = validator_->Run(updater.shared_model(), updater.workers(), should_stop_);
  if (!result) return;
  LogScripts(*result);
  keep(*result);
}

Index ModelSelection::Validate() {
  Index failures = 0;
  ValidateWith(ResultSlab(), [&](const ValidationResult& result) {
    state().validated_update = state().update;
    failures = Rank(result);
  });
  return failures;
}

Index ModelSelection::Rank(const ValidationResult& result) {
  TrainingState& now = state();
  const std::vector<NewBest> new_bests = ObserveScores(result);
  const bool is_best = !new_bests.empty() && new_bests.front().name == names_.front();
  Log(result, is_best);
  const std::optional<double> score = result.first_score();
  if (score && options_.schedule == ScheduleType::kPlateau &&
      now.plateau.Observe(is_best, options_.plateau_patience)) {
    session_.log().Say("No new best: the learning rate is halved");
  }
  Index failures = 0;
  for (const NewBest& best : new_bests) failures += Keep(best) ? 0 : 1;
  if (!score) return failures;
  const bool offered = AttemptToSave(session_.log(), [&] {
    best_models().Offer(*score, parameters(), parameters().slab(), session_.Metadata(), &now.kept);
  });
  return failures + (offered ? 0 : 1);
}

// A score that a script failed to give is neither better nor worse than those before.
std::vector<ModelSelection::NewBest> ModelSelection::ObserveScores(const ValidationResult& result) {
  std::vector<NewBest> new_bests;
  auto name = names_.begin();
  for (const SetResult& set : result.sets) {
    for (std::size_t i = 0; i < set.scores.size(); ++i, ++name) {
      if (!set.scores[i]) continue;
      BestScore& best = BestBy(*name);
      const BestScore before = best;
      const bool higher_is_better = validation_.HigherIsBetter(validation_.metrics[i]);
      if (best.Observe(state().update, *set.scores[i], higher_is_better)) {
        new_bests.push_back({.name = *name, .before = before});
      }
    }
  }
  return new_bests;
}

// If a new best cannot be written, it does not count, so that the next good one gets its chance.
bool ModelSelection::Keep(const NewBest& best) {
  const bool kept = AttemptToSave(session_.log(), [&] {
    if (best.name == names_.front()) session_.WriteModel();
    if (validation_.keep_best) session_.WriteBest(best.name);
  });
  if (!kept) BestBy(best.name) = best.before;
  return kept;
}

BestScore& ModelSelection::BestBy(const std::string& name) {
  return name == names_.front() ? state().best : state().other_bests[name];
}

bool ModelSelection::ObserveFirst(const ValidationResult& result, BestScore* best) const {
  const std::optional<double> score = result.first_score();
  return score &&
         best->Observe(session_.state().update, *score, validation_.HigherIsBetter(metric_));
}

void ModelSelection::Log(const ValidationResult& result, bool is_best) {
  const TrainingState& now = state();
  const std::vector<ValidationMetric>& metrics = validation_.metrics;
  const bool has_several = result.sets.size() > 1;
  TrainingLog& log = session_.log();
  TrainingLog::Record record = {
      {"event", "validation"}, {"update", now.update}, {"epoch", now.epoch}};
  AddScores(result.sets.front(), metrics, &record);
  record["best"] = is_best;
  for (const SetResult& set : result.sets) {
    std::string line =
        fmt::format("[{}] Ep. {} : Up. {} : {}", has_several ? "valid " + set.name : "valid",
                    now.epoch, now.update, ScoresText(set, metrics));
    if (&set == &result.sets.front()) {
      line += is_best ? " : new best"
                      : fmt::format(" : {} without a new best", now.best.stale_validations);
    }
    log.Say(line);
    if (has_several) AddScores(set, metrics, &record["sets"][set.name]);
  }
  if (validation_.stop_on != StopOn::kFirst || validation_.keep_best) LogPatience(&record);
  for (const SampleTranslation& sample : result.samples) {
    log.Say("  source      " + sample.source);
    log.Say("  reference   " + sample.reference);
    log.Say("  translation " + sample.translation);
  }
  log.Write(record);
}

// The validations of each score since its best.
void ModelSelection::LogPatience(TrainingLog::Record* record) {
  std::string line;
  for (const std::string& name : names_) {
    const Index stale = BestBy(name).stale_validations;
    (*record)["stale"][name] = stale;
    line += fmt::format("{} {} {}", line.empty() ? "" : ",", name, stale);
  }
  session_.log().Say("  without a new best:" + line);
}

void ModelSelection::LogScripts(const ValidationResult& result) {
  for (const SetResult& set : result.sets) {
    if (!set.script) continue;
    const std::string of_set = result.sets.size() > 1 ? fmt::format(" ({})", set.name) : "";
    for (const std::string& message : set.script->messages) {
      session_.log().Say(fmt::format("  script{}: {}", of_set, message));
    }
    if (set.script->failure.empty()) continue;
    session_.log().Warn(
        fmt::format("{}{}; training goes on without its score", set.script->failure, of_set));
  }
}

void ModelSelection::AverageBest() {
  const std::vector<std::string> paths = best_models().Paths(state().kept);
  if (!validator_ || paths.size() < 2 || should_stop_()) return;
  Tensor<float> average({parameters().slab_size()});
  AverageWeights(paths, parameters(), average.view());
  ValidateWith(average.view(), [&](const ValidationResult& result) {
    BestScore best = state().best;
    const bool is_best = ObserveFirst(result, &best);
    const std::optional<double> score = result.first_score();
    session_.log().Say(fmt::format(
        "Average of the {} best models: {} {}, the best alone {:.4f}: the {} is kept", paths.size(),
        ToString(metric_), score ? fmt::format("{:.4f}", *score) : "failed", state().best.score,
        is_best ? "average" : "best alone"));
    session_.log().Write({{"event", "average"},
                          {"update", state().update},
                          {"models", paths.size()},
                          {ToString(metric_), score ? TrainingLog::Record(*score) : nullptr},
                          {"best", is_best}});
    if (is_best) session_.WriteModel();
  });
}

void ModelSelection::WriteModelIfBetter() {
  if (!validator_ || state().best.update == 0 || state().validated_update == state().update) return;
  ValidateWith(ResultSlab(), [&](const ValidationResult& result) {
    BestScore best = state().best;
    const bool is_best = ObserveFirst(result, &best);
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
