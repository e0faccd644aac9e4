// What the decoder looked at: one attention matrix with the pieces that label it, and its form on
// disk, a JSON object per line:
//   {"line":0,"source":["▁Ein","▁Hund","</s>"],"target":["▁A","▁dog","</s>"],
//    "weights":[[0.9,0.08,0.02],…],"score":-1.23}
// Row i of `weights` is alpha_i of Bahdanau et al. 2015, section 3.1: how much each source piece
// counted when target piece i was made. Rows sum to one. An n-best list is several records with the
// same `line`, best first. Further matrices of the same shape (saliency, a difference of two
// models) may follow as `"layers":{"gradient":[[…]…]}`; keys that are not named here are ignored.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/piece_marks.h"
#include "base/types.h"

namespace talmach {

/// The piece that ends a source and, unless its length was cut, a target.
inline constexpr std::string_view kEndPiece = "</s>";

/// A further matrix beside the attention weights. Its values are finite and may be negative.
struct AttentionLayer {
  std::string name;
  std::vector<float> values;  // [T, S]
};

/// The attention of one translation. Plain data: copy and move at will.
struct AttentionMap {
  Index line = 0;                           // of the input, counted from 0
  std::vector<std::string> source = {};     // S pieces with word marks, the last one "</s>"
  std::vector<std::string> target = {};     // T pieces, likewise
  std::vector<float> weights = {};          // [T, S], each in [0, 1]
  double score = 0;                         // log-probability in nats; NaN if unknown
  std::vector<AttentionLayer> layers = {};  // none unless somebody computed them

  Index source_length() const { return static_cast<Index>(source.size()); }
  Index target_length() const { return static_cast<Index>(target.size()); }
  /// The weights of target piece `t`, [S].
  std::span<const float> Row(Index t) const {
    return std::span(weights).subspan(static_cast<std::size_t>(t) * source.size(), source.size());
  }
};

/// Throws std::logic_error unless every matrix of `map` has T·S numbers.
void CheckShape(const AttentionMap& map);

/// The record of `map` as one line of JSON without the line break. Ill-formed UTF-8 is repaired.
/// Throws NumericError if a weight is not finite, as after a training that diverged.
std::string ToJsonLine(const AttentionMap& map);

}  // namespace talmach
