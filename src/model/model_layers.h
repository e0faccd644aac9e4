// The layers of one model and the parameters they share.
#pragma once

#include "model/decoder.h"
#include "model/encoder.h"
#include "model/model_config.h"
#include "nn/softmax_output.h"

namespace talmach {

/// Source embedding, target embedding and output weights: one, two or three matrices.
struct EmbeddingMatrices {
  EmbeddingMatrices(ParameterSet* parameters, const ModelConfig& config,
                    const VocabularySizes& vocabulary);
  const Parameter* source;
  const Parameter* target;
  const Parameter* output;
};

/// Declares all parameters; their values exist after parameters.Allocate().
struct ModelLayers {
  ModelLayers(const ModelConfig& config, const VocabularySizes& vocabulary, Precision precision)
      : parameters(precision == Precision::kInt8 ? ParameterSet::Storage::kFrozen
                                                 : ParameterSet::Storage::kFloat32),
        embeddings(&parameters, config, vocabulary),
        encoder_begin(std::ssize(parameters.list())),
        encoder(&parameters, precision, config, embeddings.source),
        encoder_end(std::ssize(parameters.list())),
        decoder(&parameters, precision, config, embeddings.target),
        output(&parameters, precision, embeddings.output) {}

  void Pack(const PackOptions& options) {
    encoder.Pack(options);
    decoder.Pack(options);
    output.Pack(options);
  }

  /// Whether anything is trained that only the encoder's backward pass has gradients for.
  bool TrainsEncoder() const;

  // The order of declaration is the order of construction, and of the tensors in a model file.
  ParameterSet parameters;
  EmbeddingMatrices embeddings;
  Index encoder_begin;  // of its parameters in the list of all
  Encoder encoder;
  Index encoder_end;
  Decoder decoder;
  SoftmaxOutput output;
};

}  // namespace talmach
