// What a translator's attention is like, in numbers. With α_ij the weight of source unit j for
// target unit i, averaged as each line says:
//   entropy            H_i = −Σ_j α_ij ln α_ij (nats) over target units; 0 looks at one place only
//   sharpness          max_j α_ij over target units
//   coverage           min(1, Σ_i α_ij) over source units but </s>; 1 if all was read
//   monotonicity       [argmax_j α_ij ≤ argmax_j α_{i+1}j] over neighbouring target units, leaving
//                      out those that look at </s> most; 1 if no step goes backwards
//   end share          the weight on </s>, over target units
//   punctuation share  the weight on units made of punctuation only, over target units
//   kendall tau        of each layer L: τ_b between α_i· and |L_i·| (see rank_correlation.h), over
//                      target units for which it is defined
// A corpus is averaged over all its units, not over its lines. The shares show where attention is
// parked: a high end share is the usual sign of words made without looking at the source.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "attention/attention_map.h"
#include "base/types.h"

namespace talmach {

/// The numbers above; NaN where there is nothing to average.
struct AttentionNumbers {
  double entropy = 0;
  double sharpness = 0;
  double coverage = 0;
  double monotonicity = 0;
  double end_share = 0;
  double punctuation_share = 0;
  /// By the layers' names, in the order of their first appearance.
  std::vector<std::pair<std::string, double>> kendall_tau = {};
};

/// Collects the numbers of one line or of many.
class AttentionStatistics {
 public:
  /// Adds one sentence.
  void Add(const AttentionMap& map);

  /// The numbers of all sentences so far.
  AttentionNumbers Numbers() const;
  Index num_lines() const { return num_lines_; }

 private:
  struct Mean {
    double sum = 0;
    double count = 0;
    void Add(double value) {
      sum += value;
      count += 1;
    }
    double Value() const { return sum / count; }
  };
  void AddRows(const AttentionMap& map);
  void AddCoverage(const AttentionMap& map);
  void AddSteps(const AttentionMap& map);
  void AddLayers(const AttentionMap& map);

  Mean entropy_, sharpness_, coverage_, monotonicity_, end_share_, punctuation_share_;
  std::vector<std::pair<std::string, Mean>> kendall_tau_;
  Index num_lines_ = 0;
};

/// The numbers of one line.
AttentionNumbers MeasureAttention(const AttentionMap& map);

/// True if `unit` has characters and all of them, but for a word mark, are punctuation or symbols.
bool IsPunctuation(const std::string& unit);

}  // namespace talmach
