// The bidirectional encoder (Bahdanau et al. 2015, section 3.2 and A.2.1): L layers of two GRUs,
//   h_j = [→h_j ; ←h_j],
// layer l reading the h of the layer below, layer 0 the embeddings. The h_j of the top layer are
// the annotations.
#pragma once

#include <memory>
#include <vector>

#include "model/dropout_purpose.h"
#include "model/model_config.h"
#include "model/packed_batch.h"
#include "nn/embedding.h"
#include "nn/gru_layer.h"

namespace talmach {

struct EncoderActivations {
  struct Layer {
    GruActivations forward;
    GruActivations backward;
    Dropout dropout;  // of the joined states
    View joined;      // [N, 2H]; packed, but sentence by sentence in the top layer
    Operand operand;
  };
  EmbeddingActivations embedding;
  std::vector<Layer> layers;

  View annotations() const { return layers.back().joined; }
  const Operand& annotation_operand() const { return layers.back().operand; }
};

class Encoder {
 public:
  Encoder(ParameterSet* parameters, Precision precision, const ModelConfig& config,
          const Parameter* embedding);

  void Pack(const PackOptions& options);

  EncoderActivations Allocate(Arena& arena, const SequencePacking& packing, bool keep) const;

  /// The annotations of the sources; activations.embedding.tokens holds their packed tokens.
  void Forward(const PackedSources& sources, const DropoutKeys& keys, Arena& arena,
               EncoderActivations& activations) const;

  /// From d_annotations [N, 2H] (overwritten) to the gradients of all parameters. Returns those of
  /// the source embeddings, [N, E] packed.
  View Backward(const PackedSources& sources, const EncoderActivations& activations,
                View d_annotations, Arena& arena, Gradients& gradients) const;

 private:
  struct Layer {
    GruLayer forward;
    GruLayer backward;
  };

  Precision precision_;
  EncoderConfig config_;
  DropoutConfig dropout_;
  Embedding embedding_;
  std::vector<Layer> layers_;
};

}  // namespace talmach
