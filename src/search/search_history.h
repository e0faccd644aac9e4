// How the open hypotheses of one sentence came to be: a lattice of back pointers, from which a
// finished hypothesis is read backwards. Attention is stored once per open hypothesis and step, so
// it follows its hypothesis through the beam whatever happens to its neighbours.
#pragma once

#include <vector>

#include "search/hypothesis.h"
#include "tensor/tensor_view.h"

namespace talmach {

/// The extension of an open hypothesis by a token.
struct Extension {
  Index parent = 0;              // row of the hypothesis at the current step
  TokenId token = 0;             // y_i
  float log_probability = 0.0f;  // log p(y_i | …), nats
};

/// Steps alternate: AddAttention, then Reconstruct as often as needed, then Extend.
class SearchHistory {
 public:
  explicit SearchHistory(Index source_length) : source_length_(source_length) {}

  /// The attention of the open hypotheses at this step: the first columns of [rows, W].
  void AddAttention(ConstView attention);

  /// The whole hypothesis that ends with `last`; scored with length normalisation `alpha`.
  Hypothesis Reconstruct(const Extension& last, double alpha) const;

  /// Goes to the next step, whose open hypotheses are `extensions`, in order.
  void Extend(std::vector<Extension> extensions);

  /// Steps with attention so far: the length of a hypothesis reconstructed now.
  Index num_steps() const { return static_cast<Index>(attention_.size()); }

 private:
  Index source_length_;
  std::vector<std::vector<float>> attention_;       // at step t: [rows, S]
  std::vector<std::vector<Extension>> extensions_;  // that lead from step t to t + 1
};

}  // namespace talmach
