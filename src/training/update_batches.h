// The batches of one update.
#pragma once

#include <vector>

#include "text/batch_iterator.h"
#include "training/training_state.h"

namespace talmach {

struct UpdateBatches {
  std::vector<Batch> batches = {};
  TrainingBatch last = {};  // its place in the sequence; the batch itself has moved
  Index num_sentences = 0;
};

/// Reads up to `accumulate` batches; fewer at the end of an epoch, since an update never reaches
/// into the next. Errors as BatchIterator::Next.
UpdateBatches NextBatches(Index accumulate, BatchIterator* iterator);

/// Counts the update they were for: `state` stands behind them now.
void Advance(const UpdateBatches& update, TrainingState* state);

}  // namespace talmach
