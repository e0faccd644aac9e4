// Whether attention points at what matters: how much log-probability a target piece loses when the
// source piece it attends to most is taken away, against any other source piece. With α_ij the
// attention weights, L_ij the leave-one-out loss of target piece i without source piece j in nats
// (model/saliency.h), and j over the n source pieces but </s>:
//   top     = mean over i of L_{i,a(i)},  a(i) = argmax_j α_ij
//   random  = mean over i of 1/(n − 1) Σ_{j ≠ a(i)} L_ij,
// the latter being what a uniform draw among the others loses on average. Attention that explains
// the translation has a large top / random; attention that says nothing has 1.
#pragma once

#include <string_view>

#include "attention/attention_map.h"
#include "base/types.h"

namespace talmach {

/// Means in nats over target pieces; NaN without any.
struct RemovalNumbers {
  double top = 0;
  double random = 0;
  Index num_target_pieces = 0;  // that counted

  double Ratio() const { return top / random; }
};

/// Collects sentences. A sentence with fewer than two source pieces besides </s> leaves no choice
/// and does not count.
class RemovalEffect {
 public:
  /// Adds a sentence whose layer `layer` holds L. Throws std::logic_error if it has no such layer.
  void Add(const AttentionMap& map, std::string_view layer);

  RemovalNumbers Numbers() const;

 private:
  double top_sum_ = 0;
  double random_sum_ = 0;
  Index num_target_pieces_ = 0;
};

}  // namespace talmach
