// Embeddings made elsewhere, as a file in word2vec's text format (model.pretrained_embeddings):
//
//   8000 256                   optional: the numbers of vectors and of numbers in each
//   ▁the 0.0132 -0.244 …       a piece and its vector, divided by spaces; one on each line
//
// Each piece of a vocabulary that the file has gets the vector as its row, in the source embedding,
// in the target embedding, or in the one that is both; other pieces keep their rows, and other
// vectors are not used.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "model/model_config.h"
#include "tensor/tensor_view.h"
#include "text/tokenizer.h"

namespace talmach {

/// An embedding matrix that is to be filled, and whose rows it has.
struct EmbeddingTable {
  const Tokenizer* vocabulary = nullptr;
  View rows = {};  // [V, E]; empty: the pieces are only counted
};

/// The tables of a model, without rows: the one of both sides, or that of the source and that of
/// the target.
std::vector<EmbeddingTable> EmbeddingTables(const ModelConfig& config, const Tokenizer& source,
                                            const Tokenizer& target);

struct PretrainedCounts {
  Index vectors = 0;             // in the file
  Index unused = 0;              // of pieces that are in no vocabulary
  Index repeated = 0;            // of pieces that the file had before; the first counts
  std::vector<Index> rows = {};  // filled, by table
};

/// Reads the file, plain, .gz or .zst, with vectors of `size` numbers. Throws DataError, naming the
/// line, if it is malformed, and if it has no piece of the tables; they may hold a part of it then.
PretrainedCounts ReadPretrainedEmbeddings(const std::string& path, Index size,
                                          const std::vector<EmbeddingTable>& tables);

/// "5,120 of 8,000 pieces start with one of its 9,000 vectors; …", for people.
std::string Describe(const PretrainedCounts& counts, const std::vector<EmbeddingTable>& tables);

}  // namespace talmach
