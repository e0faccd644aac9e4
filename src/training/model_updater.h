// One update of a model: the gradient of some batches, and the optimizer's step along it.
//
//   each worker   gradient of its share of every batch          Seq2SeqModel::ForwardBackward
//   all           sum of the workers' gradients in fixed order, and its norm
//   check         loss and norm finite, or the update is skipped
//   all           clipping, Adam, moving average, and whether all of it is finite
//   then          weights packed for the products of the next update
//
// The loss, guided alignment's share included, is the mean over all target tokens of the update:
// batches and shares of different size weigh as much as their tokens. With the same seed, workers
// and threads, results are the same to the bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "config/training_options.h"
#include "model/seq2seq_model.h"
#include "text/batch.h"
#include "training/adam.h"
#include "training/workers.h"

namespace talmach {

/// The share of one corpus in LossSums.
struct CorpusLoss {
  double loss = 0.0;
  Index num_tokens = 0;
};

struct UpdateResult {
  LossSums sums;
  std::vector<CorpusLoss> corpora;  // of several; none of a corpus alone
  double gradient_norm = 0.0;       // of the mean loss, before clipping
  bool applied = false;             // false: loss or gradient not finite, the weights are as before
  bool ruined = false;  // applied, but weights or moments are no longer finite: load others
};

/// Splits a batch into `num_shares` contiguous shares with about equally many tokens. Shares may be
/// empty when the batch has few pairs.
std::vector<std::span<const SentencePair>> SplitByTokens(std::span<const SentencePair> pairs,
                                                         int num_shares);

/// One thread at a time.
class ModelUpdater {
 public:
  /// The model's weights must be packed. Its parameters are changed by Update only, and those that
  /// match `options.freeze` not at all. Where there are several corpora, the loss of each is
  /// counted, too.
  ModelUpdater(std::shared_ptr<Seq2SeqModel> model, const TrainingOptions& options,
               std::size_t num_corpora = 1);

  /// `dropout_key` must differ from update to update.
  UpdateResult Update(std::span<const Batch> batches, double learning_rate,
                      std::uint64_t dropout_key);

  Seq2SeqModel& model() { return *model_; }
  const std::shared_ptr<Seq2SeqModel>& shared_model() const { return model_; }
  Adam& adam() { return adam_; }
  Workers& workers() { return workers_; }

 private:
  /// What a worker, or all of them, have computed.
  struct Sums {
    LossSums all;
    std::vector<CorpusLoss> corpora;
    Sums& operator+=(const Sums& other);
  };

  Sums ComputeGradients(std::span<const Batch> batches, std::uint64_t dropout_key);
  Sums ComputeShare(std::span<const Batch> batches, float gradient_scale, std::uint64_t dropout_key,
                    int worker);
  double ReduceGradients();
  bool ApplyGradients(double learning_rate, double gradient_norm);
  std::pair<Index, Index> SlabRange(int worker) const;
  std::vector<SlabPart> PartsOf(int worker) const;

  std::shared_ptr<Seq2SeqModel> model_;
  TrainingOptions options_;
  std::size_t num_corpora_;
  Workers workers_;
  std::vector<Gradients> gradients_;  // by worker; the sum ends up in the first
  Adam adam_;
  std::vector<SlabPart> parts_;  // of the slab: what is trained and what is not
};

}  // namespace talmach
