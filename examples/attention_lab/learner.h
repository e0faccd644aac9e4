// What the experiments have in common: an attention layer of the library with memory for batches of
// one shape, and Adam to train it.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "nn/attention_layer.h"
#include "training/adam.h"

namespace talmach::lab {

class Learner {
 public:
  /// The values of the parameters are a function of the seed.
  Learner(const AttentionOptions& options, const AttentionDims& dims, std::uint64_t seed = 1);

  /// Memory for the inputs of a call; the caller fills it. `inputs` reads all three.
  View query() const { return inputs.query; }  // [B, Q, query_size]
  View value() const { return inputs.value; }  // [B, V, C]
  View key() const { return inputs.key; }      // [B, V, key_size]
  AttentionInputs inputs;

  /// The values of parameter `a.<name>`, to be looked at or set.
  View Weights(const std::string& name);

  void Forward();
  const AttentionActivations& activations() const { return activations_; }
  std::vector<float> Energies();

  /// The mean of ‖output − target‖² over the queries.
  double Error(ConstView target);
  /// The same, and an update of Adam against it. Returns the error before the update.
  /// Throws NumericError if the update leaves weights that are not finite.
  double Learn(ConstView target, double rate);
  /// The length of the gradient of the error with respect to the parameter `a.<name>`.
  double GradientNorm(ConstView target, const std::string& name);

  /// The share of queries whose largest weight is on value answers[b · Q + q].
  double Accuracy(const std::vector<Index>& answers) const;

 private:
  void ErrorGradient(ConstView target);
  const Parameter* Find(const std::string& name) const;

  ParameterSet parameters_;
  SequenceAttention attention_;
  AttentionDims dims_;
  Arena memory_;   // inputs and activations
  Arena scratch_;  // of one backward pass
  AttentionActivations activations_;
  AttentionInputGradients d_inputs_;
  Gradients gradients_;
  Adam adam_;
};

/// Normal numbers with the given mean and standard deviation.
void FillNormal(View view, RandomStream& random, float deviation = 1.0f, float mean = 0.0f);

/// −Σ α ln α of a row of weights, in nats.
double Entropy(const float* weights, Index count);

}  // namespace talmach::lab
