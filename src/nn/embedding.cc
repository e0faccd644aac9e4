// Tested by tests/nn/layers_test.cc.
//
// The look-up E y is a product with a one-hot vector that nobody writes down, and so is its
// reverse: dE gets each gradient added at the row of its token, in the order of the packed tokens
// whatever the number of threads, because a frequent token gets many and float addition is not
// associative. Padding has the token −1: zeros forward, skipped backward. Dropout masks single
// elements; whole words are dropped before the look-up by replacing the token (DropTokens).
#include "nn/embedding.h"

#include "kernels/rows.h"

namespace talmach {

EmbeddingActivations Embedding::Allocate(Arena& arena, Index num_tokens) const {
  EmbeddingActivations activations;
  activations.values = arena.AllocateRows(num_tokens, size());
  activations.operand = AllocateOperandFor(arena, precision_, activations.values, num_tokens);
  return activations;
}

void Embedding::Forward(const EmbeddingActivations& activations) const {
  const View rows = activations.values.Rows(0, static_cast<Index>(activations.tokens.size()));
  if (parameters_->frozen()) {
    GatherRows(parameters_->FrozenValue(weight_), activations.tokens, rows);
  } else {
    GatherRows(parameters_->Value(weight_), activations.tokens, rows);
  }
  if (activations.dropout.active()) ApplyDropout(activations.dropout, rows, Operand(rows));
  StoreOperand(activations.values, activations.operand);
}

void Embedding::Backward(View d_values, const EmbeddingActivations& activations,
                         Gradients& gradients) const {
  const View rows = d_values.Rows(0, static_cast<Index>(activations.tokens.size()));
  if (activations.dropout.active()) ApplyDropout(activations.dropout, rows, Operand(rows));
  if (weight_->is_trained) ScatterAddRows(rows, activations.tokens, gradients.Of(weight_));
}

}  // namespace talmach
