// The N best validated models, kept as files for the average at the end of training:
// DIR/checkpoints/best/update-NNNNNNNN.safetensors.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "training/training_state.h"

namespace talmach {

/// One thread at a time. The ranking itself lives in TrainingState::kept.
class BestModels {
 public:
  /// Keeps `count` models of the run in `model_directory`; 0: none.
  BestModels(const std::string& model_directory, Index count, bool higher_is_better);

  /// Keeps a validated model if it is among the best: writes its weights, and removes the file of
  /// the one it displaces. Throws Error if the file cannot be written; the ranking is unchanged
  /// then.
  void Offer(double score, const ParameterSet& parameters, ConstView slab,
             const ModelMetadata& metadata, std::vector<RankedModel>* ranking) const;

  /// The files of a ranking that still exist, best first.
  std::vector<std::string> Paths(const std::vector<RankedModel>& ranking) const;

  void Clear() const;

 private:
  std::string PathOf(Index update) const;

  ModelDirectory run_;
  std::size_t count_;
  bool higher_is_better_;
};

}  // namespace talmach
