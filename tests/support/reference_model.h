// The equations of docs/model.md in double precision, one sentence and one number at a time:
// independent of every kernel, layer and layout of the library, and slow.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/model_config.h"
#include "model/seq2seq_model.h"
#include "text/batch.h"

namespace talmach::reference {

using Vector = std::vector<double>;

/// A stored tensor; vectors have one row.
struct Matrix {
  Index rows = 0;
  Index cols = 0;
  Vector values;
  double& operator()(Index r, Index c) { return values[r * cols + c]; }
  double operator()(Index r, Index c) const { return values[r * cols + c]; }
};

/// By the names of model.safetensors.
using Parameters = std::map<std::string, Matrix>;

/// What the model computes of one sentence pair.
struct Result {
  std::vector<Vector> logits;     // [T][V]
  std::vector<Vector> attention;  // [T][S]
  double loss = 0;                // summed, smoothed
};

Vector Add(Vector a, const Vector& b);
Vector Join(Vector a, const Vector& b);

/// W x + b; no bias if its name is empty.
Vector Affine(const Parameters& parameters, const std::string& weight, const std::string& bias,
              const Vector& x);
/// `name.weight` and `name.bias` applied to x normalised in `blocks` blocks.
Vector Normalise(const Parameters& parameters, const std::string& name, const Vector& x,
                 Index blocks);
/// One step of the cell `name.*`.
Vector Gru(const Parameters& parameters, const std::string& name, bool layer_norm, const Vector& x,
           const Vector& h);
/// t of `name.{state,embedding,context}.weight` and `name.bias`.
Vector Readout(const Parameters& parameters, const std::string& name, ReadoutActivation activation,
               const Vector& state, const Vector& embedding, const Vector& context);
/// Label-smoothed cross-entropy of softmax(logits).
double CrossEntropy(const Vector& logits, TokenId label, double label_smoothing);

class Model {
 public:
  Model(const ModelConfig& config, Parameters parameters)
      : config_(config), parameters_(std::move(parameters)) {}

  Parameters& parameters() { return parameters_; }
  Result Run(const SentencePair& pair, double label_smoothing) const;
  /// The summed loss of a batch, with `guided_weight` times its AlignmentCost.
  double Loss(const Batch& batch, double label_smoothing, double guided_weight = 0) const;
  /// The annotations h_j of a source.
  std::vector<Vector> Encode(const std::vector<TokenId>& source) const;

 private:
  Vector InitialState(const std::vector<Vector>& annotations) const;
  Vector Attend(const Vector& query, const std::vector<Vector>& annotations, Vector& context) const;
  Vector Embed(bool target, TokenId token) const;

  ModelConfig config_;
  Parameters parameters_;
};

/// The cross-entropy of attention [T][S] with the links of a pair, which share each target equally.
double AlignmentCost(const std::vector<Vector>& attention, const Alignment& links);

/// The stored tensors of a slab of `set` (its values, or a slab of gradients).
Parameters Export(const ParameterSet& set, ConstView slab);

}  // namespace talmach::reference
