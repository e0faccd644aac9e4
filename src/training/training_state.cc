// Tested by tests/training/checkpoint_test.cc.
#include "training/training_state.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace talmach {

// Checkpoints of older versions lack the pairs left out, the numbers of guided alignment, the
// learning rate, and the numbers of each corpus.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(BatchIteratorState, epoch, window_position,
                                                batch_in_window, sentences, empty_pairs, long_pairs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BestScore, update, score, stale_validations)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlateauState, reductions, stale_validations)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(DisplayWindow, loss, tokens, gradient_norm, updates,
                                                seconds, alignment_cost, aligned_tokens,
                                                learning_rate, corpus_losses, corpus_tokens)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RankedModel, update, score)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainingState, update, epoch, epoch_ended, position,
                                   epoch_sentences, seconds, optimizer_steps, rate_scale, rollbacks,
                                   skipped, skipped_in_row, validated_update, best, plateau, kept,
                                   window, log_bytes, finished)

namespace {

constexpr const char* kOtherBests = "other_bests";

// Throws unless whole numbers stand wherever `like` has them: what the library makes of 1e300 is
// undefined. Keys that are missing are left to it.
void CheckWholeNumbers(const nlohmann::json& json, const nlohmann::json& like) {
  if (like.is_number_integer() && !json.is_number_integer()) {
    throw nlohmann::json::type_error::create(302, "expected a whole number, got " + json.dump(),
                                             &json);
  }
  if (like.is_array() && json.is_array()) {
    for (const nlohmann::json& element : json) CheckWholeNumbers(element, like.front());
  }
  if (!like.is_object() || !json.is_object()) return;
  for (const auto& [key, part] : like.items()) {
    if (json.contains(key)) CheckWholeNumbers(json.at(key), part);
  }
}

}  // namespace

bool BestScore::Observe(Index at_update, double new_score, bool higher_is_better) {
  const bool better = higher_is_better ? new_score > score : new_score < score;
  const bool is_first = update == 0;
  if (!std::isfinite(new_score) || (!better && !is_first)) {
    ++stale_validations;
    return false;
  }
  *this = {.update = at_update, .score = new_score, .stale_validations = 0};
  return true;
}

nlohmann::json ToJson(const TrainingState& state) {
  nlohmann::json json = state;
  json[kOtherBests] = state.other_bests;
  return json;
}

TrainingState TrainingStateFromJson(const nlohmann::json& json) {
  TrainingState like;
  like.kept.resize(1);
  like.window.corpus_losses.resize(1);
  like.window.corpus_tokens.resize(1);
  CheckWholeNumbers(json, ToJson(like));
  auto state = json.get<TrainingState>();
  if (!json.contains(kOtherBests)) return state;  // of an older version
  for (const nlohmann::json& best : json.at(kOtherBests)) CheckWholeNumbers(best, BestScore());
  json.at(kOtherBests).get_to(state.other_bests);
  return state;
}

}  // namespace talmach
