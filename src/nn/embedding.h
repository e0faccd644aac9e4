// The embedding of tokens: x = E y, the row of token y.
#pragma once

#include <span>
#include <vector>

#include "nn/layer.h"

namespace talmach {

struct EmbeddingActivations {
  std::vector<TokenId> tokens;  // what was looked up, after word dropout; −1 is padding
  Dropout dropout;              // of the elements
  View values;                  // [N, E]
  Operand operand;              // the same for products
};

/// Rows of the matrix `weight` [V, E]; elements are dropped out when asked.
class Embedding {
 public:
  Embedding(const ParameterSet* parameters, Precision precision, const Parameter* weight)
      : parameters_(parameters), precision_(precision), weight_(weight) {}

  Index size() const { return weight_->cols; }

  EmbeddingActivations Allocate(Arena& arena, Index num_tokens) const;

  /// values = E tokens ∘ dropout mask, for activations.tokens (at most the padded rows of
  /// Allocate; rows past them stay zero).
  void Forward(const EmbeddingActivations& activations) const;

  /// dE[tokens] += d_values ∘ mask; d_values is overwritten with that product.
  void Backward(View d_values, const EmbeddingActivations& activations, Gradients& gradients) const;

 private:
  const ParameterSet* parameters_;
  Precision precision_;
  const Parameter* weight_;
};

}  // namespace talmach
