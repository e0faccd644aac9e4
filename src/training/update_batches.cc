// Tested by tests/training/trainer_test.cc.
#include "training/update_batches.h"

#include <utility>

#include "base/profile.h"

namespace talmach {

UpdateBatches NextBatches(Index accumulate, BatchIterator* iterator) {
  const ProfileScope profile(Zone::kData);
  UpdateBatches update;
  while (std::ssize(update.batches) < accumulate && !update.last.ends_epoch) {
    update.last = iterator->Next();
    update.num_sentences += std::ssize(update.last.batch.pairs);
    update.batches.push_back(std::move(update.last.batch));
  }
  return update;
}

void Advance(const UpdateBatches& update, TrainingState* state) {
  if (state->epoch_ended) state->epoch_sentences = 0;
  ++state->update;
  state->epoch = update.last.epoch;
  state->epoch_ended = update.last.ends_epoch;
  state->epoch_sentences += update.num_sentences;
  state->position = update.last.next;
}

}  // namespace talmach
