// The model a new run starts from (training.initial_model).
//
// Its shape is that of the configuration, but for the vocabularies. Where a vocabulary is the same,
// every weight is taken. Where it is another one, the rows of the embeddings, of the output matrix
// and of the output bias are taken piece by piece: a piece that both vocabularies have keeps its
// row, whatever its number, and the other rows start fresh, from the seed. All other weights are
// taken as they are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/types.h"
#include "model/model_config.h"
#include "model/model_file.h"
#include "text/tokenizer.h"

namespace talmach {

struct InitialModel {
  std::string path;  // as it was configured
  std::string file;  // the model file
  // Null if there are none beside the file; then it serves the same vocabularies alone.
  std::shared_ptr<const Tokenizer> source_tokenizer = nullptr;
  std::shared_ptr<const Tokenizer> target_tokenizer = nullptr;
};

/// Reads the metadata of a model that a model of shape `config` can start from. Throws
/// CheckpointError if the file is no model, or is frozen, and ConfigError, with a line for each
/// tensor of another shape, if the shapes differ.
ModelMetadata CheckInitialModel(const std::string& file, const ModelConfig& config);

/// How many pieces of each vocabulary keep their row, of how many.
struct TakenRows {
  Index source = 0;
  Index source_size = 0;
  Index target = 0;
  Index target_size = 0;

  bool all() const { return source == source_size && target == target_size; }
  bool operator==(const TakenRows&) const = default;
};

/// "all weights are taken", or with the numbers of rows, for people.
std::string Describe(const TakenRows& rows);

/// Counts what TakeWeights would take. Throws ConfigError if the vocabularies of a side share no
/// piece, or if the model's own is needed and not at hand.
TakenRows CountSharedRows(const InitialModel& initial, const Tokenizer& source,
                          const Tokenizer& target);

/// What was taken from an initial model.
struct TakenWeights {
  std::string checksum;  // of its file; empty if it has none
  TakenRows rows;
  std::vector<std::string> differences;  // of its configuration, where the shapes are the same
};

/// Overwrites the weights of a new model, to be packed then, with those of `initial`. Throws as
/// CheckInitialModel and CountSharedRows, and CheckpointError if the file is damaged.
TakenWeights TakeWeights(const InitialModel& initial, const Tokenizer& source,
                         const Tokenizer& target, Seq2SeqModel* model);

}  // namespace talmach
