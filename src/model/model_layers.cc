// Tested by tests/model/model_file_test.cc.
#include "model/model_layers.h"

#include <algorithm>
#include <functional>

namespace talmach {

EmbeddingMatrices::EmbeddingMatrices(ParameterSet* parameters, const ModelConfig& config,
                                     const VocabularySizes& vocabulary) {
  const Index size = config.embedding_size;
  if (config.tied_embeddings == TiedEmbeddings::kAll) {
    source = target = output =
        parameters->AddMatrix("embedding.weight", vocabulary.target, size, Initializer::kEmbedding);
    return;
  }
  source = parameters->AddMatrix("source_embedding.weight", vocabulary.source, size,
                                 Initializer::kEmbedding);
  target = output = parameters->AddMatrix("target_embedding.weight", vocabulary.target, size,
                                          Initializer::kEmbedding);
  if (config.tied_embeddings == TiedEmbeddings::kNone) {
    output = parameters->AddMatrix("output.weight", vocabulary.target, config.readout.size,
                                   Initializer::kGlorotUniform);
  }
}

bool ModelLayers::TrainsEncoder() const {
  const auto all = parameters.list().begin();
  return embeddings.source->is_trained ||
         std::any_of(all + encoder_begin, all + encoder_end, std::mem_fn(&Parameter::is_trained));
}

}  // namespace talmach
