// Where a run stands, apart from its slabs: all that a checkpoint must keep so that training goes
// on as if it had never stopped.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/types.h"
#include "text/batch_iterator.h"
#include "training/learning_rate_schedule.h"

namespace talmach {

/// Follows a score of validation: says what is a new best and when patience is over.
struct BestScore {
  Index update = 0;             // of the best validation; 0: there was none
  double score = 0.0;           // of it
  Index stale_validations = 0;  // since then

  /// Takes the score of a validation. True if it is better than all before; one that is not
  /// finite never is.
  bool Observe(Index at_update, double new_score, bool higher_is_better);
  bool operator==(const BestScore&) const = default;
};

/// What the next display line will sum up: the updates since the last one.
struct DisplayWindow {
  double loss = 0.0;                       // smoothed cross-entropy, nats
  Index tokens = 0;                        // target tokens with </s>
  double gradient_norm = 0.0;              // sum over updates
  Index updates = 0;                       // applied ones
  double seconds = 0.0;                    // without validations and saves
  double alignment_cost = 0.0;             // of guided alignment, nats, unweighted
  Index aligned_tokens = 0;                // target tokens with links
  double learning_rate = 0.0;              // of the last update
  std::vector<double> corpus_losses = {};  // of each corpus, where there are several
  std::vector<Index> corpus_tokens = {};
  bool operator==(const DisplayWindow&) const = default;
};

/// A validation among the best, whose weights are kept for the final average.
struct RankedModel {
  Index update = 0;
  double score = 0.0;
  bool operator==(const RankedModel&) const = default;
};

struct TrainingState {
  Index update = 0;             // the last one done
  Index epoch = 0;              // of that update
  bool epoch_ended = false;     // it was the last one of its epoch
  BatchIteratorState position;  // names the next batch
  Index epoch_sentences = 0;    // pairs seen in this epoch
  double seconds = 0.0;         // wall-clock time over all parts, validation included
  Index optimizer_steps = 0;    // updates that were not skipped
  double rate_scale = 1.0;      // halved by each roll-back
  Index rollbacks = 0;          // so far
  Index skipped = 0;            // updates skipped so far
  Index skipped_in_row = 0;     // just now
  Index validated_update = 0;   // the last one after which validation ran
  BestScore best;               // by the first metric of the first set
  std::map<std::string, BestScore> other_bests;  // by the other scores, by their names
  PlateauState plateau;                          // of the schedule
  std::vector<RankedModel> kept;                 // for average_best, best first
  DisplayWindow window;                          // of the log
  Index log_bytes = 0;    // size of train.jsonl before the record of this save
  bool finished = false;  // a limit was reached and the final model written
  bool operator==(const TrainingState&) const = default;
};

nlohmann::json ToJson(const TrainingState& state);
/// Throws nlohmann::json::exception if a key is missing or of another type.
TrainingState TrainingStateFromJson(const nlohmann::json& json);

}  // namespace talmach
