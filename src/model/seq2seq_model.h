// The whole model: source tokens in, the loss of the target tokens and all gradients out.
//
// log p(y_1 … y_T | x) = Σ_i log p(y_i | y_{<i}, x)  (Bahdanau et al. 2015, equations 1–7)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/precision.h"
#include "model/model_config.h"
#include "nn/layer.h"
#include "nn/softmax_output.h"
#include "tensor/arena.h"
#include "text/batch.h"

namespace talmach {

struct ModelLayers;

/// What training adds to the equations. The default is evaluation: nothing random.
struct ForwardOptions {
  bool training = false;          // dropout on
  std::uint64_t dropout_key = 0;  // all masks follow from it
  float label_smoothing = 0.0f;   // ε
  float gradient_scale = 1.0f;    // multiplies the gradient of the summed loss
  float guided_weight = 0.0f;     // w of guided alignment, for pairs with links; 0: none
  /// Gets the smoothed loss of each pair (nats) in ForwardBackward, if it is not empty.
  std::span<double> pair_losses = {};
};

/// One sentence of ForceDecode: log p of each target token (nats), the attention weights [T, S]
/// row-major, both including `</s>`, and the length ‖h_j‖ of each annotation, [S].
struct ForcedDecoding {
  std::vector<float> log_probabilities;
  std::vector<float> attention;
  std::vector<float> annotation_norms;
};

/// How the log-probability of a pair's last target token depends on the source; [S, E] row-major.
struct SourceGradient {
  std::vector<float> embeddings;  // x_j
  std::vector<float> gradient;    // ∂ log p(y_T | y_{<T}, x) / ∂ x_j
};

/// A batch of pairs of equal lengths in tokens, with `</s>`.
struct BatchShape {
  Index num_sentences = 0;
  Index source_length = 0;
  Index target_length = 0;
  bool has_links = false;  // for guided alignment
};

struct ModelFootprint {
  Index num_parameters = 0;          // trainable numbers
  Index slab_size = 0;               // of their slab, with alignment gaps
  std::size_t activation_bytes = 0;  // of an update with one batch
};

/// Parameters and layers. Const methods may run in several worker threads at once, each with an
/// arena (and gradients) of its own.
class Seq2SeqModel {
 public:
  /// `precision`: float32, bfloat16, or int8: then the parameters are frozen (see ParameterSet) and
  /// there is no ForwardBackward. Throws ConfigError (see Validate).
  Seq2SeqModel(const ModelConfig& config, const VocabularySizes& vocabulary, Precision precision);
  ~Seq2SeqModel();

  const ModelConfig& config() const { return config_; }
  const VocabularySizes& vocabulary() const { return vocabulary_; }
  Precision precision() const { return precision_; }
  ParameterSet& parameters();
  const ParameterSet& parameters() const;

  /// Must be called after every change of the parameter values, before anything below. Only
  /// ForwardBackward and LastTokenGradients need the backward pass. Several threads may each pack a
  /// part.
  void PackWeights(const PackOptions& options = Passes::kForwardAndBackward);

  /// The loss of a batch and its gradients, added to `gradients`. Resets the arena first.
  LossSums ForwardBackward(std::span<const SentencePair> pairs, const ForwardOptions& options,
                           Arena& arena, Gradients& gradients) const;

  /// The loss alone.
  LossSums Forward(const Batch& batch, const ForwardOptions& options, Arena& arena) const;

  /// Log-probabilities and attention of the given targets, one result per pair of the batch.
  std::vector<ForcedDecoding> ForceDecode(const Batch& batch, Arena& arena) const;

  /// The gradient of the last target token of each pair alone, one result per pair. `scratch` takes
  /// the gradients of the parameters, a by-product without meaning.
  std::vector<SourceGradient> LastTokenGradients(const Batch& batch, Arena& arena,
                                                 Gradients& scratch) const;

  /// The layers, for InferenceModel.
  const ModelLayers& layers() const { return *layers_; }

  /// What a model would need: an update in training runs on a measuring arena, where it allocates
  /// and computes nothing, so a model too large for the machine can be measured. Throws ConfigError
  /// (see Validate).
  static ModelFootprint Measure(const ModelConfig& config, const VocabularySizes& vocabulary,
                                Precision precision, const BatchShape& shape);

 private:
  enum class Values { kNone, kAllocated };
  Seq2SeqModel(const ModelConfig& config, const VocabularySizes& vocabulary, Precision precision,
               Values values);

  ModelConfig config_;
  VocabularySizes vocabulary_;
  Precision precision_;
  std::unique_ptr<ModelLayers> layers_;
};

}  // namespace talmach
