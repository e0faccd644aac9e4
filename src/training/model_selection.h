// Which weights become the result: validation, the best models by each score, the ranking of those
// it saw, and the final average. The weights in question are the moving average if there is one.
#pragma once

#include <functional>

#include "training/best_models.h"
#include "training/training_session.h"
#include "training/validator.h"

namespace talmach {

/// Runs `save`, which writes files. When it fails (a full disk), warns that training goes on and
/// returns false.
bool AttemptToSave(TrainingLog& log, const std::function<void()>& save);

/// Keeps DIR/model.safetensors the best model so far by the first score and, if they are wanted,
/// those by each score beside it. One thread at a time.
class ModelSelection {
 public:
  /// Reads the validation set, if there is one; errors as Validator. Both arguments must outlive
  /// it. `should_stop` is asked between the parts of a validation.
  ModelSelection(const TrainingSetup& setup, TrainingSession& session,
                 std::function<bool()> should_stop);

  bool has_validation() const { return validator_ != nullptr; }

  /// Validates the present weights and writes them if they are the best. Changes nothing if
  /// `should_stop` returned true, which state().validated_update shows. Returns the number of files
  /// that could not be written.
  Index Validate();

  /// Averages the best models at the end of training, and takes the average as the result if it
  /// validates better than the best alone. Throws Error if it cannot be written.
  void AverageBest();

  /// Validates the present weights, unless that was done, and writes them if they are better than
  /// the best so far. Nothing in the state changes. Throws Error if they cannot be written.
  void WriteModelIfBetter();

  /// Before the first validation, or without any, the present weights are the result. Throws Error.
  void WriteModelUnlessValidated();

 private:
  /// Validates the model with the weights in `slab` (its own if empty); `keep` sees the result
  /// while they are in place.
  void ValidateWith(View slab, const std::function<void(const ValidationResult&)>& keep);
  /// A new best by a score, and what to go back to if it cannot be kept.
  struct NewBest {
    std::string name;
    BestScore before;
  };
  Index Rank(const ValidationResult& result);
  std::vector<NewBest> ObserveScores(const ValidationResult& result);
  bool Keep(const NewBest& best);
  BestScore& BestBy(const std::string& name);
  bool ObserveFirst(const ValidationResult& result, BestScore* best) const;
  void Log(const ValidationResult& result, bool is_best);
  void LogPatience(TrainingLog::Record* record);
  void LogScripts(const ValidationResult& result);
  /// The slab to validate and keep: the moving average, or none for the weights themselves.
  View ResultSlab() { return session_.updater().adam().average(); }
  BestModels best_models() const {
    return {session_.files().path, options_.average_best, validation_.HigherIsBetter(metric_)};
  }
  const ParameterSet& parameters() { return session_.updater().model().parameters(); }
  TrainingState& state() { return session_.state(); }

  TrainingSession& session_;
  std::function<bool()> should_stop_;
  const TrainingOptions& options_;
  const ValidationOptions& validation_;
  ValidationMetric metric_;         // decides
  std::vector<std::string> names_;  // of the scores; the first decides
  std::unique_ptr<Validator> validator_;
};

}  // namespace talmach
